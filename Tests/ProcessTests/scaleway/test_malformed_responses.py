"""Responses of Scaleway's API that are refused: fields of the wrong form, rows of somebody else, bodies that are no JSON."""

import json

import pytest

from bridge import Bridge
from scaleway_requests import ACCOUNT, header
from scaleway_service import answer, reshape, transform

GONE = object()
OTHER_CREDENTIAL = "11111111-1111-4111-8111-111111111111"
NO_TEXT = [GONE, None, 5, True, [], {}, ["x"]]
WRONG_UUIDS = ["", "x", OTHER_CREDENTIAL[:-1], OTHER_CREDENTIAL + "0", OTHER_CREDENTIAL.replace("-", ""), "{" + OTHER_CREDENTIAL + "}",
               "../nats-accounts/" + ACCOUNT, ACCOUNT, " " + OTHER_CREDENTIAL, OTHER_CREDENTIAL[:-1] + "g"]  # fmt: skip
WRONG_ACCOUNTS = ["", "x", ACCOUNT[:-1], ACCOUNT + "A", ACCOUNT[:-1] + "T", ACCOUNT.lower(), OTHER_CREDENTIAL, "../" + ACCOUNT, "U" + ACCOUNT[1:]]
WRONG_TIMES = [5, 1.5, True, [], {}]
WRONG_FIELDS = {
    "credentials": {
        "id": NO_TEXT + WRONG_UUIDS, "name": NO_TEXT, "nats_account_id": NO_TEXT + WRONG_ACCOUNTS, "created_at": WRONG_TIMES,
        "updated_at": WRONG_TIMES, "region": [5, True, [], {}], "checksum": [5, True, [], {}, "", "a" * 39, "a" * 41, "A" * 40, "g" * 40],
    },
    "accounts": {
        "id": NO_TEXT + WRONG_ACCOUNTS, "name": NO_TEXT, "endpoint": NO_TEXT, "project_id": NO_TEXT, "created_at": WRONG_TIMES,
        "updated_at": WRONG_TIMES, "region": [5, True, [], {}],
    },
}  # fmt: skip


def damaged(row, field, value):
    return {name: member for name, member in {**row, field: value}.items() if member is not GONE}


def refused(error, outcome="none"):
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1502, "bad_response", False, outcome)
    assert "service" in error["message"]
    return error["message"]


BAD_LISTS = {"no count": b"{}", "a bad row": b'{"total_count":1,"nats_accounts":[5]}', "no object": b"[]", "no JSON": b"{"}
BAD_PLACES = [("accounts.list", body) for body in BAD_LISTS] + [("accounts.stream", body) for body in BAD_LISTS]
BAD_PLACES += [(method, body) for method in ("accounts.get", "accounts.update") for body in ("no count", "no object", "no JSON")]


@pytest.mark.parametrize("method, body", BAD_PLACES, ids=[" ".join(place) for place in BAD_PLACES])
def test_a_bad_answer_says_where_to_look_for_it(service, bridge, account_id, method, body):
    """Whoever runs the service finds it by these, wherever in the answer the fault is."""
    params = {"accounts.get": {"nats_account_id": account_id}, "accounts.update": {"nats_account_id": account_id, "name": "new"}}.get(method)
    service.fail("*", answer(200, BAD_LISTS[body]))
    error = bridge.error(method, params)
    refused(error, "unknown" if method == "accounts.update" else "none")
    (request,) = service.requests
    expected = {"http_status": 200, "service_request_id": request.request_id, "attempts": 1}
    assert {name: error["data"].get(name) for name in expected} == expected
    assert error["data"].get("elapsed_ms", -1) >= 0


@pytest.mark.parametrize("kind, field", [(kind, field) for kind, fields in WRONG_FIELDS.items() for field in fields])
def test_a_row_with_a_field_that_is_not_as_promised_is_refused(service, bridge, account_id, credential, kind, field):
    id, parameter = (account_id, "nats_account_id") if kind == "accounts" else (credential, "nats_credentials_id")
    row = dict(getattr(service, kind)[id])
    for value in WRONG_FIELDS[kind][field]:
        bad = damaged(row, field, value)
        service.fail("GET", answer(200, bad))
        message = refused(bridge.error(f"{kind}.get", {parameter: id}))
        assert field in message or field == "id"
        # One bad row among good ones spoils the page: half a page would be a lie.
        for method in ("list", "stream"):
            service.fail("GET", answer(200, {"total_count": 2, f"nats_{kind}": [row, bad]}))
            refused(bridge.error(f"{kind}.{method}"))
            assert bridge.parts == []


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
@pytest.mark.parametrize("row", [None, True, 5, "x", [], {}], ids=repr)
def test_a_row_that_is_none_is_refused(service, bridge, account_id, credential, kind, row):
    id, parameter = (account_id, "nats_account_id") if kind == "accounts" else (credential, "nats_credentials_id")
    service.fail("GET", answer(200, json.dumps(row).encode()))
    refused(bridge.error(f"{kind}.get", {parameter: id}))
    service.fail("GET", answer(200, {"total_count": 1, f"nats_{kind}": [row]}))
    refused(bridge.error(f"{kind}.list"))


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_a_member_that_stands_twice_is_refused(service, bridge, account_id, credential, kind):
    id, parameter = (account_id, "nats_account_id") if kind == "accounts" else (credential, "nats_credentials_id")
    row = getattr(service, kind)[id]
    for twice in [b'"name":"other"', b'"n\\u0061me":"other"', b'"odd":1,"odd":1', b'"id":' + json.dumps(id).encode()]:
        bad = row.json()[:-1] + b"," + twice + b"}"
        service.fail("GET", answer(200, bad))
        refused(bridge.error(f"{kind}.get", {parameter: id}))
        service.fail("GET", answer(200, b'{"total_count":1,"nats_%s":[%s]}' % (kind.encode(), bad)))
        refused(bridge.error(f"{kind}.list"))
    for twice in [b'"total_count":1', b'"nats_%s":[]' % kind.encode()]:
        service.fail("GET", answer(200, b'{"total_count":1,"nats_%s":[%s],%s}' % (kind.encode(), row.json(), twice)))
        refused(bridge.error(f"{kind}.list"))


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_a_list_without_a_count_or_an_array_is_refused(service, bridge, account_id, credential, kind):
    array = f"nats_{kind}"
    row = dict(getattr(service, kind)[account_id if kind == "accounts" else credential])
    good = {"total_count": 1, array: [row]}
    other = {"credentials": "nats_accounts", "accounts": "nats_credentials"}[kind]
    bad = [damaged(good, "total_count", value) for value in [GONE, None, -1, "1", "", 1.5, True, [], {}, 2**64]]
    bad += [damaged(good, array, value) for value in [GONE, "x", 5, True, {}, {"0": row}]]
    bad += [{"total_count": 1, other: [row]}, [row], row, {}, [], None, "x", 5]
    for value in bad:
        for method in ("list", "stream"):
            service.fail("GET", answer(200, json.dumps(value).encode()))
            refused(bridge.error(f"{kind}.{method}"))
            assert bridge.parts == []


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_more_rows_than_were_asked_for_are_refused(service, bridge, account_id, kind):
    service.add_many(account_id, 4)
    for number in range(3):
        service.add_account(f"{number}")
    # A page of four, whatever size was asked for.
    whole = {"total_count": 4, f"nats_{kind}": [dict(row) for row in getattr(service, kind).values()]}
    for method in ("list", "stream"):
        service.fail("GET", answer(200, whole))
        refused(bridge.error(f"{kind}.{method}", {"page_size": 3}))
        service.fail("GET", answer(200, whole))
        bridge.result(f"{kind}.{method}", {"page_size": 4})


def of(type, body=None):
    """The normal answer, called something else; with another body if one is given."""

    def function(status, headers, normal):
        kept = [pair for pair in headers if pair[0] != "Content-Type"]
        return status, kept + ([("Content-Type", type)] if type is not None else []), normal if body is None else body

    return transform(function)


def status(code):
    return transform(lambda _, headers, body: (code, headers, body))


def text(old, new):
    """The normal answer with some of its bytes changed."""

    def function(status, headers, body):
        assert old in body
        return status, headers, body.replace(old, new)

    return transform(function)


HTML = b"<!DOCTYPE html><html><body>Welcome</body></html>"
NO_ANSWERS = {
    "html": of("text/html", HTML),
    "html called json": of("application/json", HTML), "nothing": of(None, b""), "nothing called json": of("application/json", b""),
    "a space": of("application/json", b" "), "201": status(201), "202": status(202), "203": status(203), "206": status(206), "299": status(299),
    "204": answer(204), "205": answer(205), "half": transform(lambda code, headers, body: (code, headers, body[: len(body) // 2])),
    "two": transform(lambda code, headers, body: (code, headers, body + body)), "a byte more": text(b"}", b"},"),
    "a comma too many": text(b'"name"', b'"odd":[1,],"name"'), "NaN": text(b'"name"', b'"odd":NaN,"name"'),
    "a leading zero": text(b'"name"', b'"odd":01,"name"'),
    "a byte order mark": transform(lambda code, headers, body: (code, headers, b"\xef\xbb\xbf" + body)),
    "UTF-16": transform(lambda code, headers, body: (code, headers, body.decode().encode("utf-16"))),
    "a byte that is no UTF-8": text(b'"mine"', b'"m\xffne"'), "an overlong form": text(b'"mine"', b'"m\xc0\xafne"'),
    "half a letter": text(b'"mine"', b'"mine\xc3"'), "a surrogate": text(b'"mine"', b'"\xed\xa0\x80"'),
    "a surrogate escaped": text(b'"mine"', b'"\\ud800"'), "surrogates turned round": text(b'"mine"', b'"\\ude80\\ud83d"'),
    "a line end in a text": text(b'"mine"', b'"m\nine"'), "NUL in a text": text(b'"mine"', b'"m\0ine"'),
    "an escape there is not": text(b'"mine"', b'"\\x6d"'), "too deep": text(b'"name"', b'"odd":' + b"[" * 100000 + b"]" * 100000 + b',"name"'),
}  # fmt: skip


@pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_not_an_answer_of_the_api_is_refused(service, bridge, account_id, fault):
    for method, params in [("accounts.get", {"nats_account_id": account_id}), ("accounts.list", None), ("accounts.stream", None)]:
        service.fail("GET", fault)
        message = refused(bridge.error(method, params))
        assert HTML.decode() not in message and bridge.parts == []
    assert bridge.result("accounts.get", {"nats_account_id": account_id})["name"] == "mine"


def test_compression_that_is_broken_may_pass_and_is_refused_in_the_end(service, bridge, account_id):
    rule = service.fail("GET", header(("Content-Encoding", "gzip")), times=None)
    error = bridge.error("accounts.get", {"nats_account_id": account_id})
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1502, "bad_response", "none")
    assert error["data"]["attempts"] == rule.hits == 4


# The secret's own checks belong to the tests of creation; here are the forms of the rows.
@pytest.mark.parametrize("name", ["given", None], ids=["a name of the caller's", "a name made up"])
@pytest.mark.parametrize("field, value", [("id", GONE), ("id", "x"), ("name", 5), ("endpoint", GONE), ("project_id", None), ("created_at", 7)])
def test_the_outcome_of_an_account_made_with_a_bad_answer_is_true(service, bridge, field, value, name):
    service.fail("POST", reshape(lambda row: damaged(row, field, value)))
    error = bridge.error("accounts.create", {"name": name} if name else None)
    assert (error["code"], error["data"]["kind"]) == (1502, "bad_response")
    if name is None:
        # Nobody else can have this name: the account is deleted again.
        assert (error["data"]["outcome"], dict(service.accounts)) == ("none", {})
    else:
        assert (error["data"]["outcome"], error["data"]["candidates"]) == ("unknown", list(service.accounts))
    assert [request.method for request in service.requests].count("POST") == 1


@pytest.mark.parametrize(
    "fault", [status(201), status(202), answer(204), of("text/html", HTML), reshape(lambda row: damaged(row, "id", GONE))],
    ids=["201", "202", "204", "html", "no id"],
)  # fmt: skip
def test_a_rename_with_a_bad_answer_may_have_happened(service, bridge, account_id, fault):
    service.fail("PATCH", fault)
    error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
    refused(error, "unknown")


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
@pytest.mark.parametrize("code", [200, 201, 202])
def test_a_deletion_that_is_not_answered_by_204_is_looked_after(service, bridge, account_id, credential, kind, code):
    id, parameter = (account_id, "nats_account_id") if kind == "accounts" else (credential, "nats_credentials_id")
    # Not carried out: it is still there, and nobody knows for how long.
    service.fail("DELETE", answer(code, {}))
    error = bridge.error(f"{kind}.delete", {parameter: id, "missing_ok": True})
    assert (error["data"]["kind"], error["data"]["outcome"], error["data"]["http_status"]) == ("bad_response", "unknown", code)
    assert id in getattr(service, kind)
    # Carried out: it is gone, and that is what was asked for.
    service.fail("DELETE", status(code))
    service.fail("DELETE", transform(lambda _, headers, body: (code, [*headers, ("Content-Length", "0")], b"")))
    assert bridge.result(f"{kind}.delete", {parameter: id}) == {parameter: id, "deleted": True, "region": "fr-par"}
    assert id not in getattr(service, kind)


HOSTILE_SECRETS = {
    "as in a create": lambda secret: {"credentials": {"name": "user.creds", "content": secret}}, "a text": lambda secret: {"credentials": secret},
    "in a list": lambda secret: {"credentials": [secret]},
}  # fmt: skip


@pytest.mark.parametrize("shape", HOSTILE_SECRETS.values(), ids=HOSTILE_SECRETS)
@pytest.mark.parametrize("escaped", [False, True], ids=["plain", "an escaped name"])
def test_a_secret_that_a_read_brings_never_comes_out(home, service, account_id, credential, shape, escaped):
    secret = service.issued[credential]
    # Any line of the file would do harm; the seed most of all.
    lines = [line.encode() for line in secret.splitlines() if len(line) > 50 and not line.startswith("*")]
    assert len(lines) >= 2
    member = json.dumps(shape(str(secret)))[1:].encode()
    if escaped:
        member = member.replace(b'"credentials"', b'"\\u0063redentials"')
    row = service.credentials[credential].json()
    assert b',"credentials":null}' in row
    service.fail("GET", text(b',"credentials":null}', b"," + member), times=None)
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        output = b""
        for method, params in [("credentials.get", {"nats_credentials_id": credential}), ("credentials.list", {}), ("credentials.stream", {})]:
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
            output += (line := bridge.line())
            while b'"id":1' not in line:
                output += (line := bridge.line())
        assert output.count(b'"credentials":null') == 3
        _, rest, errors = bridge.end()
    shown = [number for number, line in enumerate(lines) if line in output + rest + errors]
    assert shown == []
