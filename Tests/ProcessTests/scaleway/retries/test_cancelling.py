"""Cancelling what waits for its repeat, and what is under way."""

import threading

import pytest

from beside import Beside
from issued import CREATE, create, secret_of
from messages import answers, call
from scaleway_calls import started
from scaleway_retries import (
    CHANGES, DELETE, DELETE_ACCOUNT, FOR_LONG, GET, GET_ACCOUNT, NOTHING, POST, UPDATE, asked, cancel, params_of,
)  # fmt: skip
from scaleway_service import answer, carried_out_then, delay, reset, silence

SCENARIOS = Beside()


def in_a_pause(service, bridge, method, params, how):
    """Asked once, refused, and to be asked again in a minute."""
    rule = service.fail("*", how)
    bridge.send(call(1, method, **params))
    service.wait_for(lambda s: rule.hits and not s.in_flight)
    # What is answered after it was read after it.
    bridge.result("accounts.list", {"region": "nl-ams"})


def cancelled(bridge):
    """The `data` of the answer to request 1."""
    cancel(bridge, 1)
    found = answers(bridge, 2)
    assert found[1]["error"]["code"] == -32800 and found[1]["error"]["data"]["kind"] == "cancelled"
    return found[1]["error"]["data"]


PAUSES = {"429": answer(429, headers=[FOR_LONG]), "503": answer(503, headers=[FOR_LONG])}


@pytest.mark.parametrize("method", ["credentials.list", "credentials.stream", GET, GET_ACCOUNT])
def test_a_read_is_cancelled_in_a_pause(bridge, service, account, method):
    params = {GET: {"nats_credentials_id": NOTHING}, GET_ACCOUNT: {"nats_account_id": account["id"]}}.get(method, {})
    in_a_pause(service, bridge, method, params, PAUSES["503"])
    assert cancelled(bridge)["outcome"] == "none" and len(service.requests) == 2


@pytest.mark.parametrize("method", CHANGES)
def test_a_change_that_was_refused_is_cancelled_in_a_pause(bridge, service, account, method):
    in_a_pause(service, bridge, method, params_of(method, account), PAUSES["429"])
    assert cancelled(bridge)["outcome"] == "none" and len(service.requests) == 2


@pytest.mark.parametrize("has_happened", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("method", [DELETE, DELETE_ACCOUNT, UPDATE])
def test_a_change_that_may_have_happened_is_cancelled_in_a_pause(bridge, service, account, method, has_happened):
    id = service.add_credentials(account["id"], mint=False)["id"]
    params = {DELETE: {"nats_credentials_id": id}, UPDATE: {"nats_account_id": account["id"], "name": "x"}}
    how = carried_out_then(PAUSES["503"]) if has_happened else PAUSES["503"]
    in_a_pause(service, bridge, method, params.get(method, {"nats_account_id": account["id"]}), how)
    outcome = cancelled(bridge)["outcome"]
    # Renaming is not looked after: the name that is there may be anybody's.
    assert outcome == ("done" if has_happened and method != UPDATE else "unknown")
    assert len(asked(service, "DELETE")) + len(asked(service, "PATCH")) == 1


def test_a_change_that_still_waits_for_another_is_cancelled(bridge, service, account):
    gate = threading.Event()
    service.fail(POST, delay(gate))
    bridge.send(create(id="first", nats_account_id=account["id"]), create(id=1, nats_account_id=account["id"]))
    service.wait_for(lambda s: s.in_flight)
    assert cancelled(bridge)["outcome"] == "none"
    gate.set()
    assert "result" in bridge.message() and len(service.requests) == 1


def test_a_read_in_flight_is_cancelled_at_once(bridge, service):
    service.fail("*", silence())
    bridge.send(call(1, "credentials.list"))
    service.wait_for(lambda s: s.in_flight)
    assert cancelled(bridge)["outcome"] == "none"


@pytest.mark.parametrize("method", CHANGES)
def test_a_change_whose_answer_comes_after_the_cancel_is_answered_with_it(bridge, service, account, method):
    gate = threading.Event()
    service.fail("*", delay(gate))
    params = params_of(method, account)
    if method == DELETE:
        params = {"nats_credentials_id": service.add_credentials(account["id"], mint=False)["id"]}
    bridge.send(call(1, method, **params))
    service.wait_for(lambda s: s.in_flight)
    cancel(bridge, 1)
    assert bridge.message()["id"] == "ping"
    gate.set()
    answered = bridge.message()
    assert answered["id"] == 1 and "result" in answered and len(service.requests) == 1
    if method == CREATE:
        is_same = secret_of(answered["result"]) == service.issued[answered["result"]["id"]]
        assert is_same and list(service.credentials) == [answered["result"]["id"]]


def test_a_create_whose_failure_comes_after_the_cancel_is_looked_for(bridge, service, account):
    gate = threading.Event()
    service.fail(POST, carried_out_then(delay(gate, then=reset())))
    bridge.send(create(id=1, nats_account_id=account["id"]))
    service.wait_for(lambda s: s.credentials)
    cancel(bridge, 1)
    assert bridge.message()["id"] == "ping"
    gate.set()
    assert bridge.message()["error"]["data"]["outcome"] == "none" and not service.credentials


def cancelled_in_flight(method, has_happened, outcome):
    """The answer never comes: 5 s, and then a look."""

    def scenario(home):
        with started(home) as (service, account, bridge):
            id = service.add_credentials(account["id"], mint=False)["id"]
            params = {CREATE: {"nats_account_id": account["id"]}, DELETE: {"nats_credentials_id": id}}
            service.fail(lambda recorded: recorded.method != "GET", carried_out_then(silence()) if has_happened else silence())
            bridge.send(call(1, method, **params.get(method, {"nats_account_id": account["id"]})))
            service.wait_for(lambda s: s.in_flight and (not has_happened or s.credentials.keys() != {id}))
            assert cancelled(bridge)["outcome"] == outcome
            is_there = {CREATE: len(service.credentials) == 2, DELETE: id in service.credentials, DELETE_ACCOUNT: account["id"] in service.accounts}
            assert is_there[method] == (method != CREATE and not has_happened)

    return scenario


for each in ((DELETE, True, "done"), (DELETE, False, "unknown"), (CREATE, True, "none"), (CREATE, False, "unknown")):
    SCENARIOS["cancelled in flight, {}, {}, {}".format(*each)] = cancelled_in_flight(*each)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
