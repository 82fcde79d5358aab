"""Time limits: 15 s for an attempt, 5 s more than its time for the answer to a change. What mostly waits runs at the same time."""

import threading
import time

import pytest

from beside import Beside
from issued import create, secret_of
from messages import answers, call
from scaleway_calls import says, started
from scaleway_retries import CALLS, CHANGES, POST, asked, params_of
from scaleway_service import answer, carried_out_then, delay, silence

SCENARIOS = Beside()


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_is_over_in_a_pause(bridge, service, account, status):
    """One that the service does not name: that it ends too late is nobody's word."""
    bridge.result("accounts.list")
    service.fail("*", answer(status), None)
    data = bridge.error("credentials.list", {"timeout_ms": 600})["data"]
    says(data, "timeout", "none")
    requests = asked(service, "GET", "/nats-credentials")
    assert data["retryable"] and (data["http_status"], data["attempts"]) == (status, len(requests)) and len(requests) < 4
    assert data["service_request_id"] == requests[-1].request_id


@SCENARIOS
def the_time_of_a_change_is_over_in_a_pause(home):
    with started(home) as (service, account, bridge):
        bridge.result("credentials.list")
        service.fail("*", answer(429), None)
        for method in CHANGES:
            before = len(service.requests)
            data = bridge.error(method, {**params_of(method, account), "timeout_ms": 600})["data"]
            says(data, "timeout", "none")
            assert data["retryable"] and (data["http_status"], data["attempts"]) == (429, len(service.requests) - before)


def test_the_time_is_over_before_its_turn(bridge, service, account):
    gate = threading.Event()
    service.fail(POST, delay(gate))
    bridge.send(create(id=1, nats_account_id=account["id"]))
    service.wait_for(lambda s: s.in_flight)
    bridge.send(create(id=2, nats_account_id=account["id"], timeout_ms=100), call(3, "credentials.list", timeout_ms=100))
    for answered in answers(bridge, 2).values():
        says(answered["error"]["data"], "timeout", "none")
    gate.set()
    assert "result" in bridge.message() and len(service.requests) == 1


def test_a_create_whose_answer_is_late_is_answered_with_it(bridge, service, account):
    gate = threading.Event()
    bridge.result("credentials.list")
    service.fail(POST, carried_out_then(delay(gate)))
    bridge.send(create(id=1, nats_account_id=account["id"], timeout_ms=1500))
    service.wait_for(lambda s: s.credentials)
    # A request that came later and has as long is over when the first is.
    bridge.send(call(2, "credentials.list", timeout_ms=1500))
    assert bridge.message()["error"]["data"]["kind"] == "timeout"
    gate.set()
    result = bridge.message()["result"]
    is_same = secret_of(result) == service.issued[result["id"]]
    assert is_same and list(service.credentials) == [result["id"]] and len(asked(service, "POST")) == 1


def all_silent(method):
    """No request is ever answered, and every call is: by timeout_ms and 15 s. (10 s are for a machine that has other things to do.)"""

    def scenario(home):
        with started(home) as (service, account, bridge):
            bridge.result("credentials.list")
            service.fail("*", carried_out_then(silence()), None)
            began = time.monotonic()
            bridge.send(call(1, method, timeout_ms=2000, **params_of(method, account)))
            data = bridge.message(limit=40)["error"]["data"]
            says(data, "timeout", "none" if method == "credentials.list" else "unknown")
            assert time.monotonic() - began < 2 + 15 + 10
            assert len(asked(service, "POST")) == ("create" in method)

    return scenario


for each in CALLS:
    SCENARIOS[f"all is silent, {each}"] = all_silent(each)


@SCENARIOS
def an_attempt_that_hangs_is_given_up_for_another(home):
    """15 s each."""
    with started(home) as (service, account, bridge):
        service.fail("GET", silence())
        assert bridge.result("credentials.list")["total_count"] == 0 and len(service.requests) == 2


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
