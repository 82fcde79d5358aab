"""What goes to Scaleway's API: every method and every parameter, its path, query, headers and body."""

import hashlib
import threading

import pytest

from bridge import Bridge
from process_tools import run
from scaleway_requests import ACCOUNT, CREDENTIAL, ORDERS, PROJECT, REGIONS, hold
from scaleway_service import delay

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
