"""Responses of Scaleway's API that are right, however they are written, framed or compressed."""

import hashlib
import json

import pytest

from scaleway_requests import header
from scaleway_service import Secret, answer, chunked, compressed, reshape, transform

FORMS = {
    "sorted": reshape(sort_keys=True),
    "unsorted": reshape(lambda value: dict(reversed(value.items()))),
    "a space after commas": reshape(separators=(", ", ":")),
    "spaces everywhere": reshape(separators=(" , ", " : ")),
    "on many lines": reshape(indent="\t"),
    "with CR LF around": transform(lambda status, headers, body: (status, headers, b"\r\n " + body + b"\t\r\n")),
    "escaped": reshape(ensure_ascii=True),
    "charset": header(("Content-Type", "application/json; charset=utf-8")),
    "charset without a space": header(("Content-Type", "application/json;charset=UTF-8")),
    "capitals": header(("CONTENT-TYPE", "Application/JSON")),
    "small letters": transform(lambda status, headers, body: (status, [(n.lower() if n != "Content-Length" else n, v) for n, v in headers], body)),
    "headers turned round": transform(lambda status, headers, body: (status, headers[::-1], body)),
    "headers nobody knows": header(("X-Odd", "a: b"), ("Set-Cookie", "a=b"), ("ETag", 'W/"1"')),
    "only the needed headers": transform(
        lambda status, headers, body: (status, [pair for pair in headers if pair[0] in ("Content-Type", "Content-Length")], body)
    ),
    "chunked": chunked(),
    "chunked, each byte": chunked(1, extension=b";a=b", trailers=[("X-Last", "y")]),
    "gzip": compressed("gzip"),
    "until the end": header(("Content-Length", None)),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_answer_means_the_same_in_every_form(service, bridge, account_id, credential, form):
    service.accounts[account_id]["name"] = service.credentials[credential]["name"] = "Grüße 🚀 \u2028"
    reads = [
        ("credentials.get", {"nats_credentials_id": credential}), ("credentials.list", None), ("credentials.stream", None),
        ("accounts.get", {"nats_account_id": account_id}), ("accounts.list", None), ("accounts.stream", None),
    ]  # fmt: skip
    usual = [(bridge.result(*read), bridge.parts) for read in reads]
    rule = service.fail("*", form, times=None)
    assert [(bridge.result(*read), bridge.parts) for read in reads] == usual
    assert rule.hits == len(reads)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_answer_to_a_change_means_the_same_in_every_form(service, bridge, account_id, form):
    # A deletion's 204 has no body that could have a form.
    service.fail(lambda request: request.method in ("POST", "PATCH"), form, times=None)
    made = bridge.result("credentials.create", {"nats_account_id": account_id, "name": "Grüße 🚀"})
    secret = Secret(made.pop("credentials")["content"])
    assert secret == service.issued[made["id"]]
    assert made["checksum"] == hashlib.sha1(secret.encode()).hexdigest()
    assert (made["name"], made["nats_account_id"], made["region"]) == ("Grüße 🚀", account_id, "fr-par")
    new = bridge.result("accounts.create", {"name": "Köln"})
    assert bridge.result("accounts.update", {"nats_account_id": new["id"], "name": "Ulm"})["name"] == "Ulm"
    assert bridge.result("accounts.delete", {"nats_account_id": account_id}) == {"nats_account_id": account_id, "deleted": True, "region": "fr-par"}
    assert list(service.accounts) == [new["id"]] and not service.credentials


def rows(bridge, kind, id):
    """The same row by get, list and stream: three ways, one answer."""
    name = "nats_account_id" if kind == "accounts" else "nats_credentials_id"
    got = bridge.result(f"{kind}.get", {name: id})
    (listed,) = bridge.result(f"{kind}.list")[f"nats_{kind}"]
    bridge.result(f"{kind}.stream")
    ((streamed,),) = [part[f"nats_{kind}"] for part in bridge.parts]
    assert got == listed == streamed
    return got


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
@pytest.mark.parametrize("time", ["2026-08-01T10:00:00.123456789Z", "2026-08-01T10:00:00.123456Z", "2026-08-01T10:00:00Z", None])
def test_times_pass_through_as_the_text_that_came(service, bridge, account_id, credential, kind, time):
    id = account_id if kind == "accounts" else credential
    getattr(service, kind)[id].update(created_at=time, updated_at=time)
    row = rows(bridge, kind, id)
    assert (row["created_at"], row["updated_at"]) == (time, time)


def test_a_create_keeps_nine_digits(service, bridge, account_id):
    service.clock = lambda: 1_785_578_400_123_456_789
    made = [
        bridge.result("accounts.create", {"name": "a"}), bridge.result("credentials.create", {"nats_account_id": account_id, "name": "c"}),
    ]  # fmt: skip
    assert [row["created_at"] for row in made] == ["2026-08-01T10:00:00.123456789Z"] * 2
    assert [row["updated_at"] for row in made] == ["2026-08-01T10:00:00.123456889Z"] * 2


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
@pytest.mark.parametrize("change", [lambda row: row.pop("region"), lambda row: row.update(region=None)], ids=["absent", "null"])
def test_a_region_that_old_answers_lack_is_filled_in(service, bridge, account_id, credential, kind, change):
    id = account_id if kind == "accounts" else credential
    change(getattr(service, kind)[id])
    assert rows(bridge, kind, id)["region"] == "fr-par"


def test_a_create_answer_of_2024_is_taken(service, bridge, account_id):
    def old(row):
        del row["region"]
        return {**row, "updated_at": None}

    service.fail("POST", reshape(old))
    made = bridge.result("credentials.create", {"nats_account_id": account_id, "name": "c"})
    assert (made["region"], made["updated_at"], list(service.issued)) == ("fr-par", None, [made["id"]])


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_fields_that_nobody_knows_pass_through(service, bridge, account_id, credential, kind):
    more = {"tags": ["é", {"deep": [None, True, -1, {"deeper": {}}]}], "expires_at": None, "Ünknown": "x", "state": "ready", "labels": {"a": "b"}}
    id = account_id if kind == "accounts" else credential
    getattr(service, kind)[id].update(more)
    row = rows(bridge, kind, id)
    assert {name: row[name] for name in more} == more
    assert set(row) == set(getattr(service, kind)[id])


def test_numbers_that_nobody_knows_keep_every_digit(service, bridge, account_id):
    body = service.accounts[account_id].json()[:-1] + b' , "n" : [ 1.10 , -0 , 1E400, 123456789012345678901234567890 ] }'
    service.fail("GET", answer(200, body))
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.get", "params": {"nats_account_id": account_id}})
    assert b'"n":[1.10,-0,1E400,123456789012345678901234567890]' in bridge.line()


def test_raw_utf_8_goes_out_as_escapes(service, bridge, account_id):
    service.accounts[account_id]["name"] = "é\u2028🚀\x7f\u0085"
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.get", "params": {"nats_account_id": account_id}})
    line = bridge.line()
    assert rb'"name":"\u00e9\u2028\ud83d\ude80' in line.replace(b"\\u00E9", b"\\u00e9").replace(b"\\uD83D\\uDE80", b"\\ud83d\\ude80")
    assert json.loads(line)["result"]["name"] == "é\u2028🚀\x7f\u0085"


@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_null_instead_of_an_array_is_an_empty_list(service, bridge, kind):
    service.fail("GET", answer(200, {"total_count": 0, f"nats_{kind}": None}), times=None)
    page = bridge.result(f"{kind}.list")
    assert (page["total_count"], page[f"nats_{kind}"], page["next_page"]) == (0, [], None)
    end = bridge.result(f"{kind}.stream")
    assert (end["items"], end["complete"], bridge.parts) == (0, True, [])


def test_a_list_says_how_many_there_are_in_all(service, bridge, account_id):
    service.add_many(account_id, 120)
    page = bridge.result("credentials.list", {"page": 2, "page_size": 7})
    assert (page["total_count"], len(page["nats_credentials"]), page["page"], page["page_size"], page["next_page"]) == (120, 7, 2, 7, 3)
