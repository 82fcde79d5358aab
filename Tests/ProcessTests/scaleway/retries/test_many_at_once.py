"""Many calls at once, and faults of every kind."""

import contextlib
import itertools
import threading

import pytest

from beside import Beside
from bridge import Bridge
from issued import create, secret_of
from messages import call
from scaleway_calls import started
from scaleway_retries import CUT_OFF, DELETE, GET, PASSING
from scaleway_service import TLS, Scaleway, silence

SCENARIOS = Beside()


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


SCENARIOS["a request that hangs holds up no other"] = holds_up_no_other("request", None)
SCENARIOS["a handshake that hangs holds up no other"] = holds_up_no_other("accept", TLS.good())


@SCENARIOS
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


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_mostly_waits(running, scenario):
    running(scenario)
