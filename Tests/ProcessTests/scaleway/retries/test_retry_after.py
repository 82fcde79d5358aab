"""The time that the service names is waited, or told where the request has not so much."""

import time

import pytest

from beside import Beside
from issued import CREATE, create
from messages import answers, call
from scaleway_calls import says, started
from scaleway_retries import CHANGES, DELETE, GET, POST, UPDATE, asked, credential, params_of
from scaleway_service import answer, carried_out_then, silence

SCENARIOS = Beside()


WAITS = {
    "429": answer(429, headers=[("Retry-After", "1")]),
    "503": answer(503, headers=[("Retry-After", "1")]),
    "in the body": answer(429, {"type": "too_many_requests", "message": "no", "reset_seconds": 1}),
    "any case": answer(429, headers=[("retry-after", " 1 ")]),
}


def test_the_time_that_the_service_names_is_waited(bridge, service, account):
    ids = {name: service.add_credentials(account["id"], mint=False)["id"] for name in WAITS}
    for name, id in ids.items():
        service.fail(f"GET {credential(id)}$", WAITS[name])
    bridge.send(*(call(name, GET, nats_credentials_id=id) for name, id in ids.items()))
    assert all("result" in answered for answered in answers(bridge, len(ids)).values())
    for id in ids.values():
        first, second = asked(service, "GET", credential(id))
        assert second.at - first.at >= 1


def test_a_change_waits_too(bridge, service, account):
    service.fail(POST, answer(429, headers=[("Retry-After", "1")]))
    bridge.result(CREATE, {"nats_account_id": account["id"]})
    first, second = service.requests
    assert second.at - first.at >= 1


@SCENARIOS
def the_time_is_told_when_no_attempt_is_left(home):
    with started(home) as (service, _, bridge):
        service.fail("*", answer(429, headers=[("Retry-After", "1")]), None)
        data = bridge.error("credentials.list")["data"]
        says(data, "rate_limited", "none")
        assert (data["retry_after_ms"], data["attempts"], len(service.requests)) == (1000, 4, 4)


# What is named, and what is told of it: of more than a day only a day.
LARGE = {"1": 1_000, "61": 61_000, "86400": 86_400_000, "86401": 86_400_000, "1000000000": 86_400_000, "9223372036854775807": 86_400_000}
ODD = ["-1", "-9223372036854775808", "soon", "", "1.5", "0x1", "1e3", "99999999999999999999999", "Sun, 06 Nov 1994 08:49:37 GMT", "1, 2", "\u0661"]


@pytest.mark.parametrize("status, kind", [(429, "rate_limited"), (503, "backend_unavailable"), (500, "backend_unavailable")])
def test_a_time_beyond_that_of_the_request_is_told_at_once(bridge, service, account, status, kind):
    ids = {text: service.add_credentials(account["id"], mint=False)["id"] for text in LARGE}
    for text, id in ids.items():
        service.fail(f"GET {credential(id)}$", answer(status, headers=[("Retry-After", text)]))
    began = time.monotonic()
    bridge.send(*(call(text, GET, nats_credentials_id=id, timeout_ms=1000) for text, id in ids.items()))
    for text, answered in answers(bridge, len(ids)).items():
        data = answered["error"]["data"]
        says(data, kind, "none")
        assert data["retryable"] and (data["http_status"], data["attempts"], data["retry_after_ms"]) == (status, 1, LARGE[text])
        assert data["service_request_id"] == asked(service, "GET", credential(ids[text]))[0].request_id
    assert len(service.requests) == len(ids) and time.monotonic() - began < 0.9


def test_a_change_is_told_at_once_too_and_so_is_a_stream(bridge, service, account):
    bridge.result("accounts.list")
    service.fail("*", answer(429, headers=[("Retry-After", "60")]), None)
    for method in (*CHANGES, "credentials.stream"):
        data = bridge.error(method, {**(params_of(method, account) if method in CHANGES else {}), "timeout_ms": 5000})["data"]
        says(data, "rate_limited", "none")
        assert data["retryable"] and (data["attempts"], data["retry_after_ms"]) == (1, 60_000) and data["elapsed_ms"] < 4000


def test_a_change_that_may_have_happened_is_not_said_to_be_retryable(bridge, service, account):
    service.fail("POST", carried_out_then(answer(503, headers=[("Retry-After", "60")])))
    data = bridge.error(CREATE, {"nats_account_id": account["id"], "name": "app", "timeout_ms": 5000})["data"]
    says(data, "backend_unavailable", "unknown")
    assert not data["retryable"] and "retry_after_ms" not in data and len(data["candidates"]) == 1


def test_each_page_of_a_stream_has_its_own_time(bridge, service, account):
    service.add_many(account["id"], 20)
    bridge.send(call(1, "credentials.stream", page_size=10, timeout_ms=1500))
    service.fail(lambda recorded: dict(recorded.query).get("page") != "1", answer(429, headers=[("Retry-After", "1")]), times=1)
    found = [bridge.message() for _ in range(3)]
    assert found[-1]["result"]["items"] == 20


@pytest.mark.parametrize("method", ["credentials.list", "credentials.stream", DELETE, UPDATE])
def test_a_timeout_that_cuts_off_a_repeat_says_what_the_last_attempt_said(bridge, service, account, method):
    """A pause that the service names and that ends in time, and a repeat that hangs."""
    bridge.result("accounts.list")
    service.fail("*", answer(503, headers=[("Retry-After", "1")]))
    service.fail("*", silence(), times=None)
    bridge.send(call(1, method, timeout_ms=1500, **(params_of(method, account) if method in CHANGES else {})))
    data = bridge.message(limit=40)["error"]["data"]
    assert data["kind"] == "timeout" and (data["http_status"], data["service_request_id"]) == (503, service.requests[1].request_id)
    assert data["attempts"] == 1 and (not data["retryable"] or data["retry_after_ms"] == 1000)
    # What was said once is not said of the next request.
    service.rules.clear()
    assert "result" in bridge.call("accounts.list")
    service.fail("*", silence(), times=None)
    data = bridge.error("accounts.list", {"timeout_ms": 300})["data"]
    assert data["kind"] == "timeout" and "http_status" not in data and "attempts" not in data


def test_a_timeout_after_a_repeat_that_succeeded_says_nothing_of_the_attempt_before(bridge, service, account):
    """The look for the name goes well in the end; what hangs is the creation itself."""
    service.fail("GET", answer(503, headers=[("Retry-After", "0")]))
    service.fail("POST", silence())
    bridge.send(create(id=1, nats_account_id=account["id"], name="app", if_exists="fail", timeout_ms=1500))
    data = bridge.message(limit=40)["error"]["data"]
    says(data, "timeout", "unknown")
    assert "http_status" not in data and "service_request_id" not in data


def test_a_time_that_is_none_is_as_if_it_were_not_there(bridge, service, account):
    ids = {text: service.add_credentials(account["id"], mint=False)["id"] for text in ODD}
    for text, id in ids.items():
        service.fail(f"GET {credential(id)}$", answer(429, headers=[("Retry-After", text)]))
    bridge.send(*(call(text, GET, nats_credentials_id=id) for text, id in ids.items()))
    assert all("result" in answered for answered in answers(bridge, len(ids)).values())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
