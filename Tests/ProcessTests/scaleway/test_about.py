"""An answer of Scaleway's is about what was asked: rows and ids of another account, project, region or name are a bad response, whatever asked
for them, and nothing is ever done to what they name."""

import json
import uuid

import pytest

from scaleway_service import answer, carried_out_then, public_key, reset, reshape, transform

OTHER_ACCOUNT, OTHER_PROJECT, OTHER_ID = public_key(0, bytes(range(32))), str(uuid.uuid4()), str(uuid.uuid4())
POST, LIST, DELETE = "POST /nats-credentials$", "GET /nats-credentials$", "DELETE"


@pytest.fixture
def victim(service):
    """Another account's credential, of the very name that is asked for."""
    return service.add_credentials(service.add_account("other")["id"], "app")


def refused(bridge, method, params, outcome="none"):
    error = bridge.error(method, params)
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1502, "bad_response", outcome), error
    return error


def with_rows(change):
    """A list of which each row, or only the last of several, was changed."""

    def changed(value):
        for member in ("nats_credentials", "nats_accounts"):
            if value.get(member):
                value[member][-1] = change(value[member][-1])
        return value

    return reshape(changed)


def dropped_filter(service, *names):
    """The service answers as if these parameters had not been there."""

    def how(exchange):
        recorded = exchange.recorded
        recorded.query = [(name, value) for name, value in recorded.query if name not in names]
        recorded.target = recorded.path + "?" + "&".join(f"{name}={value}" for name, value in recorded.query)
        exchange.answer(exchange.normal())

    return how


# --- lists and streams --------------------------------------------------------------------------------------------------------------------

FOREIGN_ROWS = {
    "account": ("credentials", {"nats_account_id": OTHER_ACCOUNT}, "another account's"),
    "project of a credential": ("credentials", {"project_id": OTHER_PROJECT}, "another project's"),
    "a project that is none": ("credentials", {"project_id": 7}, "another project's"),
    "project of an account": ("accounts", {"project_id": OTHER_PROJECT}, "another project's"),
    "region of a credential": ("credentials", {"region": "nl-ams"}, "another region"),
    "region of an account": ("accounts", {"region": "nl-ams"}, "another region"),
}


@pytest.mark.parametrize("verb", ["list", "stream"])
@pytest.mark.parametrize("what", FOREIGN_ROWS)
def test_a_row_of_another_place_than_the_one_asked_for_is_refused(service, bridge, account, verb, what):
    kind, members, words = FOREIGN_ROWS[what]
    for _ in range(3):
        service.add_credentials(account["id"])
    filters = {"project_id": service.project, **({"nats_account_id": account["id"]} if kind == "credentials" else {})}
    assert "result" in bridge.call(f"{kind}.list", filters)
    service.fail("GET", with_rows(lambda row: {**row, **members}))
    assert words in refused(bridge, f"{kind}.{verb}", filters)["message"]


def test_without_a_filter_rows_of_every_account_and_project_are_right(service, bridge, account, victim):
    service.add_account("elsewhere", project_id=OTHER_PROJECT)
    assert len(bridge.result("accounts.list")["nats_accounts"]) == 3
    assert [row["id"] for row in bridge.result("credentials.list")["nats_credentials"]] == [victim["id"]]


def test_a_project_in_capitals_and_a_credential_that_says_none_are_right(service, bridge, account):
    service.add_credentials(account["id"], project_id=service.project.upper())
    service.add_credentials(account["id"], project_id=None)
    service.add_credentials(account["id"])
    assert len(bridge.result("credentials.list", {"project_id": service.project})["nats_credentials"]) == 3


@pytest.mark.parametrize("verb", ["list", "stream"])
def test_a_filter_that_the_service_dropped_shows_nothing_of_others(service, bridge, account, victim, verb):
    service.add_credentials(account["id"], "mine")
    service.fail("GET", dropped_filter(service, "nats_account_id"))
    refused(bridge, f"credentials.{verb}", {"nats_account_id": account["id"]})
    service.fail("GET", dropped_filter(service, "project_id"))
    refused(bridge, f"accounts.{verb}", {"project_id": OTHER_PROJECT})


# --- what is made -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("if_exists", ["replace", "fail"])
@pytest.mark.parametrize("how", ["a filter dropped", "an answer mixed up"])
def test_another_account_s_credential_is_never_replaced(home, service, bridge, account, victim, if_exists, how):
    foreign = dropped_filter(service, "nats_account_id") if how == "a filter dropped" else answer(200, {"nats_credentials": [victim], "total_count": 1})
    service.fail(LIST, foreign, times=None)
    params = {"nats_account_id": account["id"], "name": "app", "if_exists": if_exists, "save_to": str(home / "app.creds")}
    refused(bridge, "credentials.create", params)
    assert list(service.credentials) == [victim["id"]] and not (home / "app.creds").exists()
    assert {request.method for request in service.requests} == {"GET"}


@pytest.mark.parametrize("name", [None, "app"], ids=["made-up", "named"])
def test_the_look_after_a_lost_answer_never_touches_another_account_s(service, bridge, account, victim, name):
    """The list holds a credential of that name, young enough, and no other: of another account."""
    made = []

    def foreign(exchange):
        row = {**service.credentials[made[0]], "nats_account_id": OTHER_ACCOUNT}
        answer(200, {"nats_credentials": [row], "total_count": 1})(exchange)

    service.fail(POST, carried_out_then(reset()))
    service.fail(LIST, foreign, times=None)
    service.on_request = lambda recorded: made.extend(set(service.credentials) - {victim["id"]}) if recorded.method == "GET" else None
    error = bridge.error("credentials.create", {"nats_account_id": account["id"], **({"name": name} if name else {})})
    assert (error["data"]["kind"], error["data"]["outcome"], error["data"]["candidates"]) == ("network", "unknown", [])
    assert "DELETE" not in [request.method for request in service.requests]


def test_the_look_after_a_lost_account_never_touches_another_project_s(service, bridge):
    made = []

    def foreign(exchange):
        row = {**service.accounts[made[0]], "project_id": OTHER_PROJECT}
        answer(200, {"nats_accounts": [row], "total_count": 1})(exchange)

    service.fail("POST", carried_out_then(reset()))
    service.fail("GET", foreign, times=None)
    service.on_request = lambda recorded: made.extend(service.accounts) if recorded.method == "GET" else None
    error = bridge.error("accounts.create", {"project_id": service.project})
    assert (error["data"]["outcome"], error["data"]["candidates"], list(service.accounts)) == ("unknown", [], made[:1])


NEW = {
    "another account": ("credentials", {"nats_account_id": OTHER_ACCOUNT}), "another name": ("credentials", {"name": "other"}),
    "another region": ("credentials", {"region": "nl-ams"}), "another project": ("accounts", {"project_id": OTHER_PROJECT}),
    "another name of an account": ("accounts", {"name": "other"}), "another region of an account": ("accounts", {"region": "nl-ams"}),
}  # fmt: skip


@pytest.mark.parametrize("what", NEW)
def test_what_was_made_is_what_was_asked_for(service, bridge, account, what):
    """The answer names a bystander: nothing is done to it, and what was made is looked for."""
    kind, members = NEW[what]
    bystander = service.add_credentials(account["id"]) if kind == "credentials" else service.add_account("bystander")
    service.fail("POST", reshape(lambda row: {**row, "id": bystander["id"], **members}))
    params = {"nats_account_id": account["id"], "name": "app"} if kind == "credentials" else {"project_id": service.project, "name": "app"}
    refused(bridge, f"{kind}.create", params, "unknown")
    assert bystander["id"] in service.credentials | service.accounts and "DELETE" not in [request.method for request in service.requests]


# --- one thing ----------------------------------------------------------------------------------------------------------------------------

OTHERS = {
    "get a credential": ("credentials.get", {"id": OTHER_ID}), "get an account": ("accounts.get", {"id": OTHER_ACCOUNT}),
    "update an account": ("accounts.update", {"id": OTHER_ACCOUNT}), "update to another name": ("accounts.update", {"name": "other"}),
    "get a credential of another region": ("credentials.get", {"region": "nl-ams"}),
    "get an account of another region": ("accounts.get", {"region": "nl-ams"}),
    "update an account of another region": ("accounts.update", {"region": "nl-ams"}),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
def test_one_thing_is_the_one_asked_for(service, bridge, account, what):
    method, members = OTHERS[what]
    credential = service.add_credentials(account["id"])
    params = {"nats_credentials_id": credential["id"]} if method == "credentials.get" else {"nats_account_id": account["id"]}
    is_update = method == "accounts.update"
    service.fail("PATCH" if is_update else "GET", reshape(lambda row: {**row, **members}))
    refused(bridge, method, {**params, **({"name": "new"} if is_update else {})}, "unknown" if is_update else "none")


def missing(resource, id):
    return answer(404, {"message": "resource is not found", "resource": resource, "resource_id": id, "type": "not_found"})


@pytest.mark.parametrize("missing_ok", [False, True])
@pytest.mark.parametrize("kind", ["credentials", "accounts"])
def test_news_that_another_thing_is_gone_is_no_news_of_this_one(service, bridge, account, kind, missing_ok):
    credential = service.add_credentials(account["id"])
    parameter, id, fault = {
        "credentials": ("nats_credentials_id", credential["id"], missing("credentials", OTHER_ID)),
        "accounts": ("nats_account_id", account["id"], missing("namespace", OTHER_ACCOUNT)),
    }[kind]
    service.fail("GET", fault)
    refused(bridge, f"{kind}.get", {parameter: id})
    # Whether the deletion took place, nobody knows; the look says that the thing is there.
    service.fail("DELETE", fault)
    refused(bridge, f"{kind}.delete", {parameter: id, "missing_ok": missing_ok}, "unknown")
    assert id in getattr(service, kind)
    # It did, and the look says so.
    service.fail("DELETE", carried_out_then(fault))
    assert bridge.result(f"{kind}.delete", {parameter: id, "missing_ok": missing_ok})["deleted"] is True
    assert id not in getattr(service, kind)


def test_news_of_another_account_does_not_say_that_nothing_was_made(service, bridge, account):
    service.fail("POST", carried_out_then(missing("namespace", OTHER_ACCOUNT)))
    error = refused(bridge, "credentials.create", {"nats_account_id": account["id"], "name": "app"}, "unknown")
    assert error["data"]["candidates"] == list(service.credentials)
    service.fail(LIST, missing("namespace", OTHER_ACCOUNT))
    refused(bridge, "credentials.list", {"nats_account_id": account["id"]})


# --- what a body is called ----------------------------------------------------------------------------------------------------------------


def called(type):
    """The normal answer under another Content-Type, or under none."""

    def change(status, headers, body):
        kept = [pair for pair in headers if pair[0] != "Content-Type"]
        return status, kept + ([("Content-Type", type)] if type is not None else []), body

    return transform(change)


@pytest.mark.parametrize("type", [None, "", "text/plain", "text/html; charset=utf-8", "application/problem+json", "application/octet-stream"])
def test_json_is_taken_under_every_content_type(service, bridge, account, type):
    service.fail("*", called(type), times=None)
    made = bridge.result("credentials.create", {"nats_account_id": account["id"], "name": "app"})
    assert made["credentials"]["content"] == service.issued[made["id"]]
    assert [row["id"] for row in bridge.result("credentials.list")["nats_credentials"]] == [made["id"]]
    assert bridge.result("accounts.update", {"nats_account_id": account["id"], "name": "new"})["name"] == "new"
    error = bridge.error("credentials.get", {"nats_credentials_id": OTHER_ID})
    assert (error["data"]["kind"], error["data"]["resource_id"]) == ("not_found", OTHER_ID)
    service.rules.clear()
    service.fail("*", answer(200, json.dumps({"message": "hello"}).encode(), [("Content-Type", type or None)]))
    refused(bridge, "credentials.list", None)
