"""What goes to Scaleway's API and what is taken from it: the API's facts, chapters 2 (transport), 4 (endpoints, queries, bodies, objects)
and 5 (what is checked before anything is sent)."""

import hashlib
import json
import threading

import pytest

from bridge import Bridge
from process_tools import run
from scaleway import Secret, answer, chunked, compressed, delay, reshape, transform
from traffic import SCHEMAS

REGIONS = ["fr-par", "nl-ams"]
ORDERS = ["created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc", "name_asc", "name_desc"]
# Well formed, but of nobody.
PROJECT = "2f0c7a52-9c3e-4d7e-8a51-0a6f1b6f1c11"
ACCOUNT = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
CREDENTIAL = "7f1f2d1e-4b1c-4a7e-9a52-5d1b0c2e3f40"
ALWAYS = {"host", "accept", "accept-encoding", "user-agent", "x-auth-token"}
WITH_BODY = ALWAYS | {"content-type", "content-length"}


def hold(service, request, method, path, query=None, body=None, agent=None):
    """Nothing is missing in a request, and nothing is in it that does not belong there."""
    place, _, asked = request.target.partition("?")
    assert (request.method, place) == (method, "/mnq/v1beta1/regions/" + path)
    assert sorted(asked.split("&") if asked else []) == sorted(f"{name}={value}" for name, value in (query or {}).items())
    names = [name.lower() for name, _ in request.headers]
    assert sorted(names) == sorted(ALWAYS if body is None else WITH_BODY)
    assert request.header("Host") == f"127.0.0.1:{service.port}"
    assert request.header("Accept") == "application/json"
    assert request.header("Accept-Encoding") == "gzip"
    assert agent is None or request.header("User-Agent") == agent
    has_key = request.header("X-Auth-Token") == service.key
    assert has_key and request.head.count(service.key.encode()) == 1
    if body is None:
        assert request.body == b""
    else:
        assert request.header("Content-Type") == "application/json"
        assert request.header("Content-Length") == str(len(request.body))
        assert json.loads(request.body, object_pairs_hook=sorted) == sorted(body.items())


# --- chapters 2, 4, 4.1 and 4.3: every method, every parameter ----------------------------------------------------------------------------

FIRST_PAGE = {"order_by": "created_at_asc", "page": 1, "page_size": 50}
FIRST_OF_STREAM = {"order_by": "created_at_asc", "page": 1, "page_size": 100}


def lists():
    """Params and the query they become."""
    for kind, filters in [("credentials", {"project_id": PROJECT, "nats_account_id": ACCOUNT}), ("accounts", {"project_id": PROJECT})]:
        for way, usual in [("list", FIRST_PAGE), ("stream", FIRST_OF_STREAM)]:
            yield f"{kind}.{way}", None, usual
            yield f"{kind}.{way}", {"timeout_ms": 20000}, usual
            same = [{name: value} for name, value in filters.items()] + [{"order_by": order} for order in ORDERS]
            same += [{"page_size": size} for size in (1, 7, 100)] + [{**filters, "order_by": "name_desc", "page_size": 9}]
            if way == "list":
                same += [{"page": 3}, {"page": 1000000}, {"page": 2, "page_size": 3, "order_by": "name_asc", **filters}]
            for params in same:
                yield f"{kind}.{way}", params, {**usual, **params}
    yield "accounts.stream", {"max_pages": 1}, FIRST_OF_STREAM


LISTS = list(lists())


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("method, params, query", LISTS, ids=[f"{method} {params}" for method, params, _ in LISTS])
def test_a_list_asks_for_what_was_asked_for_and_no_more(service, bridge, method, params, query, region):
    # The environment has a default project: it filters no list.
    result = bridge.result(method, {**(params or {}), "region": region})
    assert result["region"] == region
    (request,) = service.requests
    hold(service, request, "GET", f"{region}/nats-{method.partition('.')[0]}", query)


@pytest.mark.parametrize("method", ["credentials.stream", "accounts.stream"])
def test_every_page_of_a_stream_is_asked_for_with_the_same_filters_and_order(service, bridge, account_id, method):
    filters = {"project_id": service.project, "order_by": "name_desc"}
    if method.startswith("credentials"):
        filters["nats_account_id"] = account_id
    service.add_many(account_id, 5)
    for number in range(4):
        service.add_account(f"account {number}")
    first = bridge.result(method, {**filters, "page_size": 2, "max_pages": 1})
    bridge.result(method, {**filters, "page_size": 2, "cursor": first["cursor"]})
    assert len(service.requests) >= 3
    for request in service.requests:
        query = dict(request.query)
        assert 1 <= int(query["page"]) and 1 <= int(query["page_size"]) <= 100
        own = {name: query[name] for name in ("page", "page_size")}
        hold(service, request, "GET", f"fr-par/nats-{method.partition('.')[0]}", {**filters, **own})


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("kind", ["credentials", "accounts"])
@pytest.mark.parametrize("verb, method, more", [("get", "GET", {}), ("delete", "DELETE", {}), ("delete", "DELETE", {"missing_ok": True})])
def test_one_thing_is_asked_for_by_its_path_alone(service, bridge, region, kind, verb, method, more):
    account = service.add_account(region=region)["id"]
    id = account if kind == "accounts" else service.add_credentials(account)["id"]
    name = "nats_account_id" if kind == "accounts" else "nats_credentials_id"
    result = bridge.result(f"{kind}.{verb}", {name: id, "region": region, "timeout_ms": 20000, **more})
    assert result == {name: id, "deleted": True, "region": region} if verb == "delete" else result["id"] == id
    (request,) = service.requests
    hold(service, request, method, f"{region}/nats-{kind}/{id}")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("more", [{}, {"if_exists": "allow"}, {"overwrite": False}, {"timeout_ms": 20000}], ids=str)
def test_a_credential_is_made_of_account_and_name(service, bridge, region, more):
    account = service.add_account(region=region)["id"]
    result = bridge.result("credentials.create", {"nats_account_id": account, "name": "app", "region": region, **more})
    assert (result["name"], result["region"], list(service.issued)) == ("app", region, [result["id"]])
    (request,) = service.requests
    hold(service, request, "POST", f"{region}/nats-credentials", body={"nats_account_id": account, "name": "app"})


def test_a_name_that_nobody_gave_is_made_up_before_it_is_sent(service, bridge, account_id):
    for method, body in [("credentials.create", {"nats_account_id": account_id}), ("accounts.create", {"project_id": service.project})]:
        name = bridge.result(method, {"nats_account_id": account_id} if method == "credentials.create" else None)["name"]
        assert 8 <= len(name) <= 64
        hold(service, service.requests[-1], "POST", f"fr-par/nats-{method.partition('.')[0]}", body={"name": name, **body})
    assert len(service.requests) == 2


def test_where_a_secret_is_saved_is_nobody_else_s_business(service, bridge, account_id, home):
    path = home / "app.creds"
    bridge.result("credentials.create", {"nats_account_id": account_id, "name": "app", "save_to": str(path), "overwrite": True})
    (request,) = service.requests
    hold(service, request, "POST", "fr-par/nats-credentials", body={"nats_account_id": account_id, "name": "app"})
    assert hashlib.sha1(path.read_bytes()).hexdigest() == next(iter(service.credentials.values()))["checksum"]


def test_a_context_needs_the_account_s_endpoint_and_asks_for_it_first(service, bridge, account_id, home):
    (home / "config").mkdir()
    bridge.result("credentials.create", {"nats_account_id": account_id, "name": "app", "nats_context": "app"})
    first, second = service.requests
    hold(service, first, "GET", f"fr-par/nats-accounts/{account_id}")
    hold(service, second, "POST", "fr-par/nats-credentials", body={"nats_account_id": account_id, "name": "app"})


@pytest.mark.parametrize("if_exists, is_there", [("fail", False), ("fail", True), ("replace", False), ("replace", True)])
def test_if_exists_looks_before_it_makes_and_deletes_only_afterwards(service, bridge, account_id, home, if_exists, is_there):
    old = service.add_credentials(account_id, "app" if is_there else "other")["id"]
    params = {"nats_account_id": account_id, "name": "app", "if_exists": if_exists, "save_to": str(home / "app.creds")}
    answered = bridge.call("credentials.create", params)
    look, *rest = service.requests
    hold(service, look, "GET", "fr-par/nats-credentials", {**FIRST_OF_STREAM, "nats_account_id": account_id})
    if if_exists == "fail" and is_there:
        assert answered["error"]["data"]["candidates"] == [old] and not rest
        return
    hold(service, rest[0], "POST", "fr-par/nats-credentials", body={"nats_account_id": account_id, "name": "app"})
    assert len(rest) == 1 + (if_exists == "replace" and is_there)
    if len(rest) == 2:
        hold(service, rest[1], "DELETE", f"fr-par/nats-credentials/{old}")


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("default, given", [(True, None), (True, PROJECT), (False, PROJECT), (False, None)])
def test_an_account_is_made_in_the_project_given_or_the_default_one_or_none(home, service, region, default, given):
    environment = service.environment
    if not default:
        del environment["SCW_DEFAULT_PROJECT_ID"]
    with Bridge(home, env=environment) as bridge:
        bridge.result("accounts.create", {"name": "orders", "region": region, **({"project_id": given} if given else {})})
    project = given or (service.project if default else None)
    (request,) = service.requests
    hold(service, request, "POST", f"{region}/nats-accounts", body={"name": "orders", **({"project_id": project} if project else {})})


@pytest.mark.parametrize("region", REGIONS)
def test_an_account_is_renamed_by_its_name_alone(service, bridge, region):
    account = service.add_account("old", region=region)["id"]
    assert bridge.result("accounts.update", {"nats_account_id": account, "name": "new", "region": region})["name"] == "new"
    (request,) = service.requests
    hold(service, request, "PATCH", f"{region}/nats-accounts/{account}", body={"name": "new"})


@pytest.mark.parametrize("where", ["parameter", "option", "variable"])
def test_the_region_of_the_path_is_the_one_that_was_chosen(home, service, where):
    environment = {**service.environment, "SCW_DEFAULT_REGION": "nl-ams" if where == "variable" else "fr-par"}
    options = ["--region", "nl-ams"] if where == "option" else []
    with Bridge(home, *options, env=environment) as bridge:
        bridge.result("accounts.list", {"region": "nl-ams"} if where == "parameter" else None)
    (request,) = service.requests
    hold(service, request, "GET", "nl-ams/nats-accounts", FIRST_PAGE)


@pytest.mark.parametrize("method, parameter", [("credentials.get", "nats_credentials_id"), ("credentials.list", "project_id")])
def test_a_uuid_in_capitals_is_sent_in_small_letters(service, bridge, account_id, method, parameter):
    service.add_credentials(account_id, id=CREDENTIAL)
    bridge.result(method, {parameter: CREDENTIAL.upper()})
    (request,) = service.requests
    if method == "credentials.get":
        hold(service, request, "GET", f"fr-par/nats-credentials/{CREDENTIAL}")
    else:
        hold(service, request, "GET", "fr-par/nats-credentials", {**FIRST_PAGE, "project_id": CREDENTIAL})


def everything(service, bridge):
    """One request of each HTTP method, and how each must look."""
    account = bridge.result("accounts.create", {"name": "a"})["id"]
    bridge.result("accounts.update", {"nats_account_id": account, "name": "b"})
    bridge.result("accounts.get", {"nats_account_id": account})
    bridge.result("accounts.delete", {"nats_account_id": account})
    return [
        ("POST", "fr-par/nats-accounts", {"name": "a", "project_id": service.project}), ("PATCH", f"fr-par/nats-accounts/{account}", {"name": "b"}),
        ("GET", f"fr-par/nats-accounts/{account}", None), ("DELETE", f"fr-par/nats-accounts/{account}", None),
    ]  # fmt: skip


@pytest.mark.parametrize("given", [None, "our-tool/2.1 (nightly; +https://example.com)"])
def test_the_user_agent_is_ours_or_the_one_that_was_set(home, service, given):
    usual = run(home, "--version").stdout.decode().split()
    environment = {**service.environment, **({"SCW_USER_AGENT": given} if given else {})}
    with Bridge(home, env=environment) as bridge:
        expected = everything(service, bridge)
    assert usual[0] == "nats-credentials-bridge" and len(usual) == 2
    for request, (method, path, body) in zip(service.requests, expected, strict=True):
        hold(service, request, method, path, body=body, agent=given or "/".join(usual))


NAMES = {
    "german": "Grüße aus Köln", "japanese": "注文サービス", "emoji": "🚀 launch 👩‍🚀", "right to left": "طلبات \u202e abc", "quotes": "\"'`\\/",
    "combining": "e\u0301\u0300\ufeff\u2028\u2029", "ascii only outside": "<>&%{}[]=;?#+", "spaces": "  both ends  ",
    "the last scalars": "\uffff\U0010ffff",
}  # fmt: skip
LONGEST = [("credentials", 500), ("accounts", 64)]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_in_any_script_arrives_as_it_is_and_comes_back_in_ascii(service, bridge, account_id, name):
    results = [
        bridge.result("credentials.create", {"nats_account_id": account_id, "name": name}), bridge.result("accounts.create", {"name": name}),
        bridge.result("accounts.update", {"nats_account_id": account_id, "name": name}),
    ]  # fmt: skip
    assert [result["name"] for result in results] == [name] * 3
    assert [request.json["name"] for request in service.requests] == [name] * 3
    hold(service, service.requests[0], "POST", "fr-par/nats-credentials", body={"nats_account_id": account_id, "name": name})
    hold(service, service.requests[1], "POST", "fr-par/nats-accounts", body={"name": name, "project_id": service.project})
    hold(service, service.requests[2], "PATCH", f"fr-par/nats-accounts/{account_id}", body={"name": name})


@pytest.mark.parametrize("kind, longest", LONGEST)
@pytest.mark.parametrize("letter", ["x", "é", "🚀"])
def test_the_longest_names_are_sent_and_longer_ones_are_not(service, bridge, account_id, kind, longest, letter):
    params = {"nats_account_id": account_id} if kind == "credentials" else {}
    name = letter * longest
    assert bridge.result(f"{kind}.create", {**params, "name": name})["name"] == name
    assert service.requests[0].json["name"] == name
    assert bridge.error(f"{kind}.create", {**params, "name": name + letter})["code"] == -32602
    assert len(service.requests) == 1


def test_calls_one_after_the_other_use_one_connection(service, bridge, account_id):
    for number in range(15):
        made = bridge.result("credentials.create", {"nats_account_id": account_id, "name": f"n{number}"})["id"]
        bridge.result("credentials.get", {"nats_credentials_id": made})
        bridge.result("accounts.list")
        bridge.error("credentials.get", {"nats_credentials_id": CREDENTIAL})
        bridge.result("credentials.delete", {"nats_credentials_id": made})
        bridge.result("accounts.list", {"region": "nl-ams"})
    assert len(service.requests) == 90
    assert len(service.connections) == 1


@pytest.mark.parametrize("count", [16, 60])
def test_calls_beside_each_other_use_at_most_32_connections(service, bridge, account_id, count):
    for _ in range(2):
        gate = threading.Event()
        service.fail("GET", delay(gate), times=count)
        for number in range(count):
            bridge.send({"jsonrpc": "2.0", "id": number, "method": "accounts.get", "params": {"nats_account_id": account_id}})
        service.wait_for(lambda s: s.in_flight == min(count, 32))
        gate.set()
        assert sorted(bridge.message()["id"] for _ in range(count)) == list(range(count))
    assert len(service.connections) <= 32
    assert len(service.requests) == 2 * count


# --- chapter 4.4: answers that are right --------------------------------------------------------------------------------------------------


def header(*replaced):
    """The normal answer with other headers: (name, value), None takes one away."""
    names = {name.lower() for name, _ in replaced}

    def function(status, headers, body):
        kept = [pair for pair in headers if pair[0].lower() not in names]
        return status, kept + [pair for pair in replaced if pair[1] is not None], body

    return transform(function)


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


# --- chapter 4.4: answers that are refused ------------------------------------------------------------------------------------------------

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


# --- chapter 5: hostile texts -------------------------------------------------------------------------------------------------------------

# `X` is a right value of the parameter: what is wrong is only what stands around it.
HOSTILE = {
    "empty": "", "null": "null", "undefined": "undefined", "a dot": ".", "two dots": "..", "a slash": "/", "up": "../X",
    "up and over": "../nats-accounts/A", "up at the end": "X/..", "encoded dots": "%2e%2e", "encoded dots and slash": "%2e%2e%2fnats-accounts%2FA",
    "encoded twice": "%252e%252e%252fX", "a slash behind": "X/", "a slash before": "/X", "two slashes": "//example.com/X",
    "a URL": "https://example.com/X", "user info": "user@example.com/X", "an at sign": "@X", "a query": "X?project_id=1",
    "a query parameter more": "X&page=2", "a fragment": "X#f", "a semicolon": "X;a=b", "CR LF": "X\r\nX-Auth-Token: stolen", "LF": "X\n", "CR": "X\r",
    "NUL": "X\0", "only NUL": "\0", "a tab": "\tX", "a space before": " X", "a space behind": "X ", "an encoded space": "X%20", "a plus": "X+",
    "a backslash": "..\\X", "encoded backslashes": "..%5cX", "full-width slashes": "..\uff0fX", "full-width dots": "\uff0e\uff0e/X",
    "one dot leader": "\u2024\u2024/X", "a zero-width space": "X\u200b", "a soft hyphen": "X\u00ad", "a no-break space": "\u00a0X",
    "turned round": "\u202eX", "a byte order mark": "\ufeffX", "a quote": 'X"', "an apostrophe": "X' OR '1'='1", "braces": "{X}",
    "a placeholder": "{nats_account_id}", "a template": "${HOME}", "a wildcard": "*", "a percent": "%", "twice": "XX", "a list": "X,X",
    "10 kB": "X" + "a" * 10240, "emoji": "🚀", "Cyrillic": "\u0410" * 56, "full-width digits": "\uff11" * 36, "minus one": "-1",
}  # fmt: skip
RIGHT = {
    "nats_account_id": ACCOUNT, "nats_credentials_id": CREDENTIAL, "project_id": PROJECT, "region": "fr-par", "order_by": "name_asc",
    "if_exists": "fail", "page": "1", "page_size": "1", "max_pages": "1", "cursor": "7b7d", "missing_ok": "true", "overwrite": "true",
    "timeout_ms": "20000", "name": "app", "keep_streams": "true", "issued_before": "2020-01-01T00:00:00Z",
    "user_key": "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRM",
}  # fmt: skip
# What only one parameter would take amiss: each kind of id where the other is wanted, the other case, a wrong checksum.
OF_ONE = {
    "nats_account_id": [CREDENTIAL, PROJECT, ACCOUNT.lower(), ACCOUNT[:-1] + "T", "U" + ACCOUNT[1:], "nats://" + ACCOUNT],
    "nats_credentials_id": [ACCOUNT, CREDENTIAL.replace("-", ""), "{" + CREDENTIAL + "}", "urn:uuid:" + CREDENTIAL, CREDENTIAL[:-1]],
    "project_id": [ACCOUNT, PROJECT.replace("-", ""), "{" + PROJECT + "}", "urn:uuid:" + PROJECT],
    "region": ["FR-PAR", "Fr-par", "fr_par", "par1", "ams1", "fr-par-1", "fr--par", "localhost", "local.", "fr-par.example.com"],
    "order_by": ["NAME_ASC", "name", "asc", "name_asc,name_desc", "id_asc"], "if_exists": ["FAIL", "error", "overwrite"],
}  # fmt: skip
# Free texts, and paths of the caller's own machine.
FREE = {"name", "save_to", "nats_context"}


def taken():
    """Method, parameter, and what the method needs beside it: everything that its schema has, so that a new one cannot be forgotten."""
    for path in sorted(SCHEMAS.glob("*.*.json")):
        kind = path.stem.partition(".")[0]
        if kind not in ("credentials", "accounts"):
            continue
        params = json.loads(path.read_text())["properties"]["params"]
        needed = set(params.get("required", ()))
        if path.stem == "credentials.create":
            needed |= {"nats_account_id", "name"}
        for name in params["properties"]:
            yield path.stem, name, {other: RIGHT[other] for other in needed - {name}}


TAKEN = list(taken())
CLOSED = [row for row in TAKEN if row[1] not in FREE]


def test_the_table_covers_all_methods_of_the_api():
    assert len({method for method, _, _ in TAKEN}) == 12
    assert {name for _, name, _ in CLOSED} == set(RIGHT) - FREE


@pytest.mark.parametrize("method, name, beside", CLOSED, ids=[f"{method} {name}" for method, name, _ in CLOSED])
def test_a_hostile_text_in_a_parameter_sends_nothing(service, bridge, method, name, beside):
    texts = [text.replace("X", RIGHT[name]) for text in HOSTILE.values()] + OF_ONE.get(name, [])
    assert len(set(texts)) >= 50
    for text in texts:
        error = bridge.error(method, {**beside, name: text})
        assert (error["code"], error["data"]["outcome"]) == (-32602, "none"), (text[:80], error["code"])
        assert [(field["name"], error["data"]["source"]) for field in error["data"]["fields"]] == [(name, "bridge")]
        # What came in is not repeated.
        assert len(text) < 12 or text not in error["message"]
    assert service.requests == [] and service.connections == []


@pytest.mark.parametrize("method, beside", [(method, beside) for method, name, beside in TAKEN if name == "name"])
def test_a_hostile_name_is_only_ever_a_name(service, bridge, method, beside):
    account = service.add_account()["id"]
    beside = {name: account for name in beside}
    http, path = {
        "credentials.create": ("POST", "fr-par/nats-credentials"), "accounts.create": ("POST", "fr-par/nats-accounts"),
        "accounts.update": ("PATCH", f"fr-par/nats-accounts/{account}"),
    }[method]  # fmt: skip
    more = {"accounts.create": {"project_id": service.project}, "credentials.create": beside}.get(method, {})
    sent = 0
    longest = 500 if method == "credentials.create" else 64
    for text in [text.replace("X", "app") for text in HOSTILE.values()] + [account, CREDENTIAL, '{"a":1}', "\\u0000", "</script>"]:
        answered = bridge.call(method, {**beside, "name": text})
        if 1 <= len(text) <= longest and not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
            assert answered["result"]["name"] == text
            sent += 1
            hold(service, service.requests[-1], http, path, body={"name": text, **more})
        else:
            assert (answered["error"]["code"], answered["error"]["data"]["outcome"]) == (-32602, "none")
        assert len(service.requests) == sent
    assert sent > 40


@pytest.mark.parametrize("name", [r"\ud800", r"a\udc00b", r"\ude80\ud83d"])
def test_a_name_with_half_a_surrogate_is_not_sent(service, bridge, account_id, name):
    one = {"nats_account_id": account_id}
    for method, beside in [("accounts.update", one), ("accounts.create", {}), ("credentials.create", one)]:
        params = json.dumps(beside)[:-1] + ("," if beside else "") + f'"name":"{name}"}}'
        bridge.send(f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}')
        assert bridge.message()["error"]["code"] == -32602
    assert service.requests == []
