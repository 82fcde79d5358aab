"""Repeats, time limits and cancelling on Scaleway's regions, chapters 1, 4.6 and 7 of the API's facts: what may pass is asked again, what may have
been done is never done twice, and what an error says of the world is true. Every outcome is held against what the stand-in has afterwards.

What mostly waits (an attempt may take 15 s, the answer to a change 5 s more than its time) runs beside the other tests, from the first on."""

import contextlib
import itertools
import threading
import time

import pytest

from beside import Beside
from bridge import Bridge
from issued import CREATE, create, secret_of
from scaleway import (
    TLS, Scaleway, answer, bare_429, carried_out_then, close, delay, gateway_html, namespace_404, permissions_403, raw, redirect, reset, silence,
)  # fmt: skip

GET, GET_ACCOUNT, UPDATE = "credentials.get", "accounts.get", "accounts.update"
DELETE, DELETE_ACCOUNT = "credentials.delete", "accounts.delete"
POST = "POST /nats-credentials"
NOTHING = "00000000-0000-4000-8000-000000000000"
# Longer than any test waits: who is answered meanwhile was not kept waiting.
# Long, but within the time that a request has by default.
FOR_LONG = ("Retry-After", "20")


@contextlib.contextmanager
def started(home, **more):
    with Scaleway(**more) as service, Bridge(home, env=service.environment) as bridge:
        yield service, service.add_account("mine"), bridge


long = Beside()


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    with long.running(request, tmp_path_factory) as result:
        yield result


def call(id, method, **params):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def answers(bridge, count):
    """The next answers, by id; each comes once."""
    found = {}
    for _ in range(count):
        message = bridge.message()
        assert message["id"] not in found
        found[message["id"]] = message
    return found


def says(data, kind, outcome):
    assert (data["kind"], data["outcome"]) == (kind, outcome)


def asked(service, method=None, suffix=None):
    return [each for each in service.requests if method in (None, each.method) and suffix in (None, each.suffix)]


def credential(id):
    return f"/nats-credentials/{id}"


def cancel(bridge, id):
    """With a ping, whose answer says that the cancel was read."""
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}})
    bridge.send(call("ping", "bridge.ping"))


# --- what may pass is asked again --------------------------------------------------------------------------------------------------------

# Nothing is carried out. With the kind of the error when no attempt is left, and whether a change may have happened.
PASSING = {
    "500": (answer(500, {"message": "internal error"}), "backend_unavailable", True),
    "502 HTML": (gateway_html(), "backend_unavailable", True),
    "503": (answer(503), "backend_unavailable", True),
    "504": (gateway_html(504), "backend_unavailable", True),
    "408": (answer(408), "backend_unavailable", True),
    "429": (bare_429(), "rate_limited", False),
    "429 and at once": (answer(429, headers=[("Retry-After", "0")]), "rate_limited", False),
    "429 of a product": (answer(429, {"type": "too_many_requests", "message": "no", "reset_seconds": 0}), "rate_limited", False),
    "transient state": (answer(409, {"type": "transient_state", "current_state": "x", "message": "no"}), "transient_state", False),
    "locked": (answer(423, {"type": "locked", "message": "no"}), "resource_locked", False),
    "reset": (reset(), "network", True),
    "closed": (close(), "network", True),
    "no HTTP": (raw(b"later\r\n\r\n"), "bad_response", True),
}
# Carried out, and the answer cut off.
CUT_OFF = {
    "reset in the headers": (reset("headers"), "network"),
    "closed in the headers": (close("headers"), "bad_response"),
    "reset before the body": (reset("body-start"), "network"),
    "closed before the body": (close("body-start"), "bad_response"),
    "reset in the body": (reset("mid-body"), "network"),
    "closed in the body": (close("mid-body"), "bad_response"),
}
OF_READS = {**PASSING, **{name: (*fault, False) for name, fault in CUT_OFF.items()}}


def failing_rows(service, account, faults, times, method="GET"):
    """A credential for each fault; gives their ids by the fault's name."""
    ids = {name: service.add_credentials(account["id"], name, mint=False)["id"] for name in faults}
    for name, id in ids.items():
        service.fail(f"{method} {credential(id)}$", faults[name][0], times)
    return ids


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
    long[f"{each.__name__} before anything was read"] = lost_before_anything_was_read(each)


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


CALLS = {
    "credentials.list": {}, "credentials.create": {"nats_account_id": None}, "accounts.create": {}, UPDATE: {"nats_account_id": None, "name": "n"},
    DELETE: {"nats_credentials_id": NOTHING}, DELETE_ACCOUNT: {"nats_account_id": None},
}  # fmt: skip
CHANGES = [name for name in CALLS if name != "credentials.list"]


def params_of(method, account):
    return {name: value or account["id"] for name, value in CALLS[method].items()}


@long
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


# --- changes that may be repeated --------------------------------------------------------------------------------------------------------


def deletes(service, account, name):
    id = service.add_credentials(account["id"], name, mint=False)["id"]
    return DELETE, {"nats_credentials_id": id}, f"DELETE {credential(id)}$", lambda: id not in service.credentials


def deletes_account(service, _, name):
    id = service.add_account("x")["id"]
    # What is gone by our own doing was not missing.
    return DELETE_ACCOUNT, {"nats_account_id": id, "missing_ok": True}, f"DELETE /nats-accounts/{id}$", lambda: id not in service.accounts


def renames(service, _, name):
    id = service.add_account("x")["id"]
    return UPDATE, {"nats_account_id": id, "name": "y"}, f"PATCH /nats-accounts/{id}$", lambda: service.accounts[id]["name"] == "y"


def creates(service, account, name):
    name = f"of {name}"
    return CREATE, {"nats_account_id": account["id"], "name": name}, None, lambda: any(row["name"] == name for row in service.credentials.values())


def creates_account(service, _, name):
    name = f"of {name}"
    return "accounts.create", {"name": name}, None, lambda: any(row["name"] == name for row in service.accounts.values())


def changing(home, make, faults, times):
    """One change for each fault, on three bridges, as the changes of one wait for each other. Gives, by the fault's name: the answer, whether
    the change has happened, and how often it was asked for."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(Scaleway())
        account = service.add_account("mine")
        bridges = [stack.enter_context(Bridge(home, env=service.environment)) for _ in range(3)]
        cases = {}
        for (name, fault), bridge in zip(faults.items(), itertools.cycle(bridges)):
            method, params, when, has_happened = make(service, account, name)
            # Creates are told apart by the name in their body.
            rule = service.fail(when or (lambda recorded, name=name: f'"of {name}"'.encode() in recorded.body), fault[0], times)
            bridge.send(call(name, method, timeout_ms=600_000, **params))
            cases[name] = bridge, rule, has_happened
        found = {}
        for bridge in bridges:
            found.update(answers(bridge, sum(each[0] is bridge for each in cases.values())))
        return {
            name: (found[name], has_happened(), len([each for each in service.requests if rule.matches(each)]))
            for name, (_, rule, has_happened) in cases.items()
        }


# A deletion's answer has no body to be cut off.
OF_DELETIONS = {**PASSING, **{name: how for name, how in CUT_OFF.items() if name.endswith("headers")}}
OF_RENAMES = {**PASSING, **CUT_OFF}


def a_change_succeeds_when_the_service_does(make, faults, count):
    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, count).items():
            is_right = answered.get("result", {}).get("deleted", "result" in answered)
            assert is_right and has_happened and times == count + 1, name

    return scenario


for (each, faults), count in itertools.product([(deletes, OF_DELETIONS), (deletes_account, OF_DELETIONS), (renames, OF_RENAMES)], [1, 2, 3]):
    long[f"{each.__name__}, after {count} that failed"] = a_change_succeeds_when_the_service_does(each, faults, count)


def a_change_gives_up_after_four_attempts(make, faults):
    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, None).items():
            data, (_, kind, may_have_happened) = answered["error"]["data"], PASSING[name]
            says(data, kind, "unknown" if may_have_happened else "none")
            assert data["attempts"] == times == 4 and not has_happened, name
            assert data["retryable"] == (not may_have_happened) and "candidates" not in data, name

    return scenario


REFUSED = {name: fault for name, fault in PASSING.items() if not fault[2]}
for each, faults in ((deletes, PASSING), (deletes_account, PASSING), (renames, PASSING), (creates, REFUSED), (creates_account, REFUSED)):
    long[f"{each.__name__}, after 4 that failed"] = a_change_gives_up_after_four_attempts(each, faults)


def a_deletion_that_happened_is_seen(make):
    """Four attempts failed; the look says that it is gone."""
    faults = {name: [carried_out_then(fault[0])] for name, fault in PASSING.items() if name not in REFUSED}

    def scenario(home):
        for name, (answered, has_happened, times) in changing(home, make, faults, None).items():
            is_right = answered.get("result", {}).get("deleted")
            assert is_right is True and has_happened and times == 4, name

    return scenario


for each in (deletes, deletes_account):
    long[f"{each.__name__}, and no answer says so"] = a_deletion_that_happened_is_seen(each)


@pytest.mark.parametrize("params", [{}, {"missing_ok": True}], ids=str)
@pytest.mark.parametrize("end", [reset(), close("headers"), answer(500)], ids=["reset", "cut off", "500"])
def test_a_repeat_that_finds_nothing_has_deleted(bridge, service, account, end, params):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(end))
    assert bridge.result(DELETE, {"nats_credentials_id": id, **params}) == {"nats_credentials_id": id, "deleted": True, "region": "fr-par"}
    assert [each.method for each in service.requests] == ["DELETE", "DELETE"] and not service.credentials


@pytest.mark.parametrize("how", [bare_429(), answer(423)], ids=["429", "423"])
def test_a_repeat_after_what_was_refused_has_not_deleted(bridge, service, account, how):
    """The first attempt certainly did nothing, so somebody else did."""
    params = {"nats_credentials_id": NOTHING}
    service.fail("DELETE", how)
    says(bridge.error(DELETE, params)["data"], "not_found", "none")
    service.fail("DELETE", how)
    assert bridge.result(DELETE, {**params, "missing_ok": True})["deleted"] is False


@pytest.mark.parametrize("has_happened", [True, False], ids=["done", "not done"])
def test_a_page_of_a_gateway_does_not_say_that_it_is_gone(bridge, service, account, has_happened):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(reset()) if has_happened else reset())
    service.fail("DELETE", gateway_html(404))
    answered = bridge.call(DELETE, {"nats_credentials_id": id})
    if has_happened:
        assert answered["result"]["deleted"] is True
    else:
        assert answered["error"]["data"]["outcome"] == "unknown" and id in service.credentials


def test_a_repeat_that_hears_of_no_such_account_has_not_deleted(bridge, service, account):
    """Somebody may just have written there; it says nothing of the credential."""
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", reset())
    service.fail("DELETE", namespace_404())
    answered = bridge.call(DELETE, {"nats_credentials_id": id})
    said = answered["result"]["deleted"] if "result" in answered else answered["error"]["data"]["outcome"]
    assert (said, id in service.credentials) in [(True, False), ("unknown", True)]


def test_a_look_that_hears_of_no_such_account_has_seen_nothing(bridge, service, account):
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", answer(500), None)
    service.fail("GET", namespace_404(), None)
    says(bridge.error(DELETE, {"nats_credentials_id": id})["data"], "backend_unavailable", "unknown")
    assert id in service.credentials


@pytest.mark.parametrize("how", [answer(500), gateway_html(404), permissions_403(), reset()], ids=["500", "404 HTML", "403", "reset"])
def test_a_look_that_fails_proves_nothing(bridge, service, account, how):
    """With an attempt that is final, and may have happened, so that only the look takes its time."""
    id = service.add_credentials(account["id"], mint=False)["id"]
    service.fail("DELETE", carried_out_then(answer(501)))
    service.fail("GET", how, None)
    says(bridge.error(DELETE, {"nats_credentials_id": id})["data"], "backend_unavailable", "unknown")


# --- what would be the same again --------------------------------------------------------------------------------------------------------

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


# --- Retry-After -------------------------------------------------------------------------------------------------------------------------

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


@long
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


# --- what the service does not know yet --------------------------------------------------------------------------------------------------

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
    long[f"after {each} of ours, {how.__name__}"] = after_a_write_of_ours_it_is_waited_out(each, how)


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


@long
def an_account_that_never_comes_is_given_up(home):
    """15 s after the write."""
    with started(home) as (service, _, bridge):
        id = bridge.result("accounts.create", {"name": "new"})["id"]
        rule = service.fail("GET /nats-accounts/", namespace_404(id), None)
        data = bridge.error(GET_ACCOUNT, {"nats_account_id": id})["data"]
        says(data, "not_found", "none")
        assert data["attempts"] == rule.hits > 5


# --- a create, whose repeat would make another ---------------------------------------------------------------------------------------------


def test_a_create_is_repeated_where_certainly_nothing_was_done(bridge, service):
    id = bridge.result("accounts.create", {"name": "new"})["id"]
    for how in (bare_429(), answer(429, headers=[("Retry-After", "0")]), namespace_404(id), permissions_403()):
        service.fail(POST, how)
    result = bridge.result(CREATE, {"nats_account_id": id, "name": "app"})
    is_same = secret_of(result) == service.issued[result["id"]]
    assert is_same and list(service.credentials) == [result["id"]] and len(asked(service, "POST", "/nats-credentials")) == 5


@pytest.mark.parametrize("method", [CREATE, "accounts.create"])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 501])
def test_a_create_that_may_have_happened_is_never_repeated(bridge, service, account, method, status):
    service.fail("POST", carried_out_then(answer(status, headers=[("Retry-After", "0")])))
    data = bridge.error(method, {"name": "app", **({"nats_account_id": account["id"]} if method == CREATE else {})})["data"]
    says(data, "backend_unavailable", "unknown")
    assert len(asked(service, "POST")) == 1 and len(data["candidates"]) == 1


# --- cancelling --------------------------------------------------------------------------------------------------------------------------


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
    long["cancelled in flight, {}, {}, {}".format(*each)] = cancelled_in_flight(*each)


# --- time limits -------------------------------------------------------------------------------------------------------------------------


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


@long
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
    long[f"all is silent, {each}"] = all_silent(each)


@long
def an_attempt_that_hangs_is_given_up_for_another(home):
    """15 s each."""
    with started(home) as (service, account, bridge):
        service.fail("GET", silence())
        assert bridge.result("credentials.list")["total_count"] == 0 and len(service.requests) == 2


# --- many at once ------------------------------------------------------------------------------------------------------------------------


def holds_up_no_other(stage, tls):
    def scenario(home):
        with contextlib.ExitStack() as stack:
            service = stack.enter_context(Scaleway(tls=tls))
            more = {"SSL_CERT_FILE": tls.ca_file} if tls else {}
            bridge = stack.enter_context(Bridge(home, env={**service.environment, **more}))
            rule = service.fail("*", silence(stage))
            bridge.send(call(1, "credentials.list"))
            # The first is the one that hangs.
            service.wait_for(lambda _: rule.hits)
            bridge.send(call(2, "credentials.list", timeout_ms=10_000))
            answered = bridge.message()
            assert answered["id"] == 2 and "result" in answered

    return scenario


long["a request that hangs holds up no other"] = holds_up_no_other("request", None)
long["a handshake that hangs holds up no other"] = holds_up_no_other("accept", TLS.good())


@long
def hundreds_at_once_with_faults_of_every_kind(home):
    """Every call is answered once, what its answer says is so, and no credential is left that nobody holds."""
    with started(home) as (service, account, bridge):
        kept, doomed = service.add_many(account["id"], 120), service.add_many(account["id"], 60)
        faults, turns = itertools.cycle([how for how, *_ in {**PASSING, **CUT_OFF}.values()]), itertools.count()
        lock = threading.Lock()

        def strikes(recorded):
            """Every seventh request."""
            with lock:
                return next(turns) % 7 == 6

        def one_of_them(exchange):
            with lock:
                how = next(faults)
            how(exchange)

        service.fail(strikes, one_of_them, None)
        calls = [call(f"get {id}", GET, nats_credentials_id=id) for id in kept]
        calls += [call(f"list {page}", "credentials.list", page=page, page_size=10) for page in range(1, 101)]
        calls += [call(f"stream {number}", "credentials.stream", max_pages=1) for number in range(20)]
        changes = [call(f"delete {id}", DELETE, nats_credentials_id=id) for id in doomed]
        changes += [create(id=f"create {number}", nats_account_id=account["id"]) for number in range(40)]
        bridge.send(*calls, *changes)
        found, wanted = {}, {each["id"] for each in calls + changes}
        while len(found) < len(wanted):
            message = bridge.message(limit=60)
            if "id" in message:
                assert message["id"] not in found
                found[message["id"]] = message.get("result") or message["error"]["data"]
        assert found.keys() == wanted
        held = set()
        for id, answered in found.items():
            what, _, row = id.partition(" ")
            if "kind" in answered:
                assert answered["outcome"] != "done" and (what in ("create", "delete") or answered["outcome"] == "none")
                held.update(answered.get("candidates", ()))
            elif what == "create":
                is_same = secret_of(answered) == service.issued[answered["id"]]
                assert is_same
                held.add(answered["id"])
            is_there = row in service.credentials
            assert what != "delete" or (not is_there if "deleted" in answered else is_there or answered["outcome"] == "unknown")
            assert what != "get" or is_there and ("kind" in answered or answered["id"] == row)
        assert set(kept) <= set(service.credentials) and set(service.credentials) - set(kept) - set(doomed) == held
        assert bridge.end()[0] == 0


@pytest.mark.parametrize("scenario", long)
def test_what_mostly_waits(running, scenario):
    running(scenario)
