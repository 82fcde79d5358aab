"""Reads are asked again where the fault may pass, and only there."""

import pytest

from beside import Beside
from bridge import Bridge
from issued import CREATE
from messages import answers, call
from scaleway_calls import says, started
from scaleway_retries import (
    CALLS, CUT_OFF, DELETE, GET, GET_ACCOUNT, NOTHING, PASSING, asked, credential, failing_rows, params_of,
)  # fmt: skip
from scaleway_service import TLS, Scaleway, answer, bare_429, close, gateway_html, namespace_404, permissions_403, redirect, reset

SCENARIOS = Beside()


# What may pass is asked again.

OF_READS = {**PASSING, **{name: (*fault, False) for name, fault in CUT_OFF.items()}}


def test_a_read_succeeds_when_the_service_does(bridge, service, account):
    """After one, two or three attempts that failed."""
    ids = {(count, name): id for count in (1, 2, 3) for name, id in failing_rows(service, account, OF_READS, count).items()}
    bridge.send(*(call(f"{count} {name}", GET, nats_credentials_id=id) for (count, name), id in ids.items()))
    found = answers(bridge, len(ids))
    for (count, name), id in ids.items():
        is_right = found[f"{count} {name}"].get("result", {}).get("id") == id
        assert is_right and len(asked(service, "GET", credential(id))) == count + 1, (count, name)


def test_a_read_gives_up_after_four_attempts(bridge, service, account):
    ids = failing_rows(service, account, OF_READS, None)
    bridge.send(*(call(name, GET, nats_credentials_id=id) for name, id in ids.items()))
    for name, answered in answers(bridge, len(ids)).items():
        data = answered["error"]["data"]
        says(data, OF_READS[name][1], "none")
        assert data["attempts"] == 4 == len(asked(service, "GET", credential(ids[name])))
        assert data["retryable"] == (data["kind"] != "bad_response") and data["elapsed_ms"] > 0


LISTS = {
    "credentials.list": "/nats-credentials", "credentials.stream": "/nats-credentials", "accounts.list": "/nats-accounts",
    "accounts.stream": "/nats-accounts",
}  # fmt: skip


@pytest.mark.parametrize("method", LISTS)
def test_a_list_is_asked_again_too(bridge, service, account, method):
    service.add_credentials(account["id"])
    for how in (bare_429(), close("mid-body")):
        service.fail(f"GET {LISTS[method]}$", how)
    assert bridge.result(method)["total_count"] == 1 and len(service.requests) == 3


def test_a_stream_asks_again_for_a_page_in_its_middle(bridge, service, account):
    ids = service.add_many(account["id"], 250)
    for how in (reset(), gateway_html(503)):
        service.fail(lambda recorded: ("page", "1") not in recorded.query, how)
    result = bridge.result("credentials.stream")
    assert [row["id"] for part in bridge.parts for row in part["nats_credentials"]] == ids and result["complete"] is True


def test_an_account_is_asked_for_again(bridge, service, account):
    for how in (answer(500), reset("mid-body")):
        service.fail("GET /nats-accounts/", how)
    assert bridge.result(GET_ACCOUNT, {"nats_account_id": account["id"]})["id"] == account["id"] and len(service.requests) == 3


def lost_before_anything_was_read(end):
    """Once, twice, three times."""

    def scenario(home):
        for count in (1, 2, 3):
            with started(home) as (service, _, bridge):
                service.fail("*", end("accept"), count)
                bridge.result("credentials.list")
                assert len(service.connections) == count + 1 and len(service.requests) == 1

    return scenario


for each in (reset, close):
    SCENARIOS[f"{each.__name__} before anything was read"] = lost_before_anything_was_read(each)


@pytest.mark.parametrize("stage", ["accept", "handshake"])
@pytest.mark.parametrize("end", [reset, close], ids=["reset", "closed"])
def test_a_connection_that_is_lost_before_anything_was_read_over_tls(home, end, stage):
    """Nothing is wrong with a certificate here: that it was lost passes."""
    tls = TLS.good()
    with Scaleway(tls=tls) as service, Bridge(home, env={**service.environment, "SSL_CERT_FILE": tls.ca_file}) as bridge:
        service.fail("*", end(stage), 2)
        bridge.result("credentials.list")
        # On a busy machine libcurl begins one more of its own accord, and nothing is sent on it.
        assert len(service.connections) in (3, 4) and len(service.requests) == 1


def test_a_service_that_comes_back(home):
    with started(home) as (service, _, bridge):
        service.down()
        bridge.send(*(call(number, "credentials.list") for number in range(10)), call("ping", "bridge.ping"))
        assert bridge.message()["id"] == "ping"
        service.up()
        assert all("result" in answered for answered in answers(bridge, 10).values())


@SCENARIOS
def a_service_that_stays_away(home):
    """Not a byte was sent, so nothing has happened, and every call may be repeated: by us, and by whoever asked."""
    with started(home) as (service, account, bridge):
        service.down()
        bridge.send(*(call(method, method, **params_of(method, account)) for method in CALLS))
        for answered in answers(bridge, len(CALLS)).values():
            data = answered["error"]["data"]
            says(data, "network", "none")
            assert (data["phase"], data["attempts"], data["retryable"]) == ("connect", 4, True)
        assert not service.connections


# What would be the same again.

FINAL = {
    "501": (answer(501), "backend_unavailable"),
    "400": (answer(400, {"type": "invalid_arguments", "details": [], "message": "no"}), "invalid_params"),
    "401": (answer(401, {"type": "denied_authentication", "reason": "not_found", "message": "no"}), "unauthenticated"),
    "403": (permissions_403(), "permission_denied"),
    "a quota": (answer(403, {"type": "quotas_exceeded", "details": [], "message": "no"}), "quota_exceeded"),
    "404 HTML": (gateway_html(404), "bad_response"),
    "404 account": (namespace_404(), "not_found"),
    "409": (answer(409, {"type": "conflict", "message": "no"}), "conflict"),
    "409 exists": (answer(409, {"type": "already_exists", "message": "no"}), "already_exists"),
    "410": (answer(410, {"type": "expired", "message": "no"}), "resource_expired"),
    "412": (answer(412, {"type": "precondition_failed", "message": "no"}), "precondition_failed"),
    "a redirect": (redirect(302, "/mnq"), "bad_response"),
}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_is_final_is_asked_once(bridge, service, account, method):
    ids = failing_rows(service, account, FINAL, None, method)
    bridge.send(*(call(name, GET if method == "GET" else DELETE, nats_credentials_id=id) for name, id in ids.items()))
    for name, answered in answers(bridge, len(ids)).items():
        data = answered["error"]["data"]
        assert data["kind"] == FINAL[name][1] and len(asked(service, method, credential(ids[name]))) == 1 and data["attempts"] == 1, name
        # A change that was not understood may have been carried out all the same.
        assert data["outcome"] == ("unknown" if method == "DELETE" and name in ("501", "a redirect") else "none"), name
    assert len(service.credentials) == len(ids)


def test_what_is_not_there_is_asked_for_once_even_after_a_write(bridge, service, account):
    made = bridge.result("accounts.create", {"name": "new"})
    bridge.result(CREATE, {"nats_account_id": made["id"], "name": "app"})
    before = len(service.requests)
    for method in (GET, DELETE):
        data = bridge.error(method, {"nats_credentials_id": NOTHING})["data"]
        says(data, "not_found", "none")
        assert (data["resource"], data["resource_id"]) == ("credentials", NOTHING)
    assert len(service.requests) == before + 2


@pytest.mark.parametrize("make", [TLS.self_signed, TLS.wrong_name, TLS.expired], ids=lambda make: make.__name__)
def test_a_certificate_that_is_refused_is_looked_at_once(home, make):
    tls = make()
    with Scaleway(tls=tls) as service, Bridge(home, env={**service.environment, "SSL_CERT_FILE": tls.ca_file}) as bridge:
        data = bridge.error("credentials.list")["data"]
        says(data, "tls", "none")
        assert data["attempts"] == 1 and len(service.connections) == 1 and not service.requests


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
