"""What the service does not know yet: for 15 s after a change of its own the bridge waits out that an account is not there or not allowed."""

import itertools

import pytest

from beside import Beside
from issued import CREATE
from messages import answers, call
from scaleway_calls import says, started
from scaleway_retries import DELETE, DELETE_ACCOUNT, GET, GET_ACCOUNT, UPDATE, credential
from scaleway_service import namespace_404, permissions_403

SCENARIOS = Beside()


WRITES = {
    "accounts.create": lambda bridge, old: bridge.result("accounts.create", {"name": "new"})["id"],
    "credentials.create": lambda bridge, old: bridge.result(CREATE, {"nats_account_id": old["id"]})["nats_account_id"],
    "accounts.update": lambda bridge, old: bridge.result(UPDATE, {"nats_account_id": old["id"], "name": "new"})["id"],
}


def of_the_account(service, id):
    """Every call that is about one account, with what it asks of the service; reads first, as they would wait for changes."""
    row = service.add_credentials(id, mint=False)["id"]
    return [
        (GET, {"nats_credentials_id": row}, f"GET {credential(row)}$"), ("credentials.list", {"nats_account_id": id}, "GET /nats-credentials$"),
        (GET_ACCOUNT, {"nats_account_id": id}, f"GET /nats-accounts/{id}$"),
        (CREATE, {"nats_account_id": id}, "POST /nats-credentials"),
        (UPDATE, {"nats_account_id": id, "name": "x"}, f"PATCH /nats-accounts/{id}$"),
        (DELETE, {"nats_credentials_id": row}, f"DELETE {credential(row)}$"),
        (DELETE_ACCOUNT, {"nats_account_id": id}, f"DELETE /nats-accounts/{id}$"),
    ]  # fmt: skip


def after_a_write_of_ours_it_is_waited_out(write, how):
    def scenario(home):
        with started(home) as (service, account, bridge):
            id = WRITES[write](bridge, account)
            calls = of_the_account(service, id)
            rules = {method: service.fail(when, how(id) if how is namespace_404 else how(), 2) for method, _, when in calls}
            bridge.send(*(call(method, method, **params) for method, params, _ in calls))
            assert {method: "result" in answered for method, answered in answers(bridge, len(calls)).items()} == dict.fromkeys(rules, True)
            assert {rule.hits for rule in rules.values()} == {2}

    return scenario


for each, how in itertools.product(WRITES, [namespace_404, permissions_403]):
    SCENARIOS[f"after {each} of ours, {how.__name__}"] = after_a_write_of_ours_it_is_waited_out(each, how)


@pytest.mark.parametrize("how", [namespace_404, permissions_403], ids=["404", "403"])
def test_without_one_it_is_believed_at_once(bridge, service, account, how):
    calls = of_the_account(service, account["id"])
    rules = {method: service.fail(when, how(account["id"]) if how is namespace_404 else how(), None) for method, _, when in calls}
    bridge.send(*(call(method, method, **params) for method, params, _ in calls))
    for answered in answers(bridge, len(calls)).values():
        says(answered["error"]["data"], "not_found" if how is namespace_404 else "permission_denied", "none")
    assert {rule.hits for rule in rules.values()} == {1} and len(service.requests) == len(calls)


def test_a_write_in_one_account_says_nothing_of_another(bridge, service, account):
    bridge.result("accounts.create", {"name": "new"})
    before = len(service.requests)
    calls = of_the_account(service, account["id"])
    rules = {method: service.fail(when, namespace_404(account["id"]), None) for method, _, when in calls}
    bridge.send(*(call(method, method, **params) for method, params, _ in calls))
    for answered in answers(bridge, len(calls)).values():
        says(answered["error"]["data"], "not_found", "none")
    assert {rule.hits for rule in rules.values()} == {1} and len(service.requests) == before + len(calls)


def test_an_account_that_we_deleted_is_gone_at_once(bridge, service):
    id = bridge.result("accounts.create", {"name": "new"})["id"]
    bridge.result(DELETE_ACCOUNT, {"nats_account_id": id})
    before = len(service.requests)
    calls = of_the_account(service, id)
    for _, _, when in calls:
        service.fail(when, namespace_404(id), None)
    bridge.send(*(call(method, method, **params) for method, params, _ in calls))
    for answered in answers(bridge, len(calls)).values():
        says(answered["error"]["data"], "not_found", "none")
    assert len(service.requests) == before + len(calls)


@SCENARIOS
def an_account_that_never_comes_is_given_up(home):
    """15 s after the write."""
    with started(home) as (service, _, bridge):
        id = bridge.result("accounts.create", {"name": "new"})["id"]
        rule = service.fail("GET /nats-accounts/", namespace_404(id), None)
        data = bridge.error(GET_ACCOUNT, {"nats_account_id": id})["data"]
        says(data, "not_found", "none")
        assert data["attempts"] == rule.hits > 5


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
