"""Calls to the service that are ended early, and a process that rests: each request is answered once, nothing stays behind, and no thread,
library or connection is there before it is needed.

20,000 calls are cancelled here, which takes about fifteen seconds."""

import os
import random
import select
import signal
import threading

import pytest

from bridge import LIMIT, Bridge
from issued import parts
from messages import answers, call, cancel
from process_tools import is_quiet, process_status, wait_until_asleep
from scaleway_service import answer, carried_out_then, delay, drip, silence

GET, CREATE, DELETE = "credentials.get", "credentials.create", "credentials.delete"
# Requests that run at once, and connections to the service.
RUNNING, CONNECTIONS = 64, 32
FOR_EVER = 600_000
SLACK_KILOBYTES = 4096


def error_of(found):
    assert "error" in found, "it was not ended early"
    return found["error"]["data"]["kind"], found["error"]["data"]["outcome"]


@pytest.fixture
def ids(service, account_id):
    return service.add_many(account_id, RUNNING)


def serves_on(service, bridge, id):
    service.rules.clear()
    found = bridge.call(GET, {"nats_credentials_id": id})
    assert found["result"]["id"] == id


# Very many.

PHASES = {
    "silence": silence(), "half the headers": silence("headers"), "all headers": silence("body-start"), "half the body": silence("mid-body"),
    "slowness": drip(0.0005), "answers": None,
}  # fmt: skip
CALLS = 20_000


class Cancels:
    """Bursts of calls, each of which is cancelled at one moment or another."""

    def __init__(self, service, bridge, id):
        self.service, self.bridge, self.id, self.random = service, bridge, id, random.Random(20_000)
        self.count, self.kinds = 0, {}

    def burst(self, rule):
        ids = list(range(self.count, self.count + RUNNING))
        self.count += RUNNING
        calls, cancels = [call(id, GET, nats_credentials_id=self.id) for id in ids], [cancel(id) for id in ids]
        self.random.shuffle(cancels)
        way = self.random.choice(["each at once", "soon", "under way", "under way", "under way"])
        if way == "each at once":
            self.bridge.send(*[line for call in calls for line in (call, cancel(call["id"]))])
        else:
            hits = rule and rule.hits
            self.bridge.send(*calls)
            if way == "under way" and rule:
                self.service.wait_for(lambda _: rule.hits >= hits + CONNECTIONS)
            else:
                select.select([self.bridge.process.stdout], [], [], self.random.random() / 100)
            self.bridge.send(*cancels)
        found = answers(self.bridge, RUNNING)
        assert sorted(found) == ids
        for message in found.values():
            kind = "result" if "result" in message else error_of(message)
            self.kinds[kind] = self.kinds.get(kind, 0) + 1

    def run(self, calls):
        for how in PHASES.values():
            rule = how and self.service.fail("GET", how, times=None)
            self.service.lag = 0 if how else 0.002
            until_count = self.count + calls // len(PHASES)
            while self.count < until_count:
                self.burst(rule)
            self.service.rules.clear()
        self.service.lag = 0

    def rest(self):
        """What the process holds once nothing is under way: kilobytes and descriptors."""
        pid = self.bridge.process.pid
        self.service.wait_for(lambda service: service.in_flight == 0)
        serves_on(self.service, self.bridge, self.id)
        self.service.wait_for(lambda service: service.open_connections <= CONNECTIONS)
        wait_until_asleep(pid)
        return int(next(iter(process_status(pid, "VmRSS").values())).split()[0]), len(os.listdir(f"/proc/{pid}/fd"))


def test_a_thousand_cancelled_calls_are_answered_once_each(service, bridge, ids):
    """What `burst` holds of each; nothing is measured."""
    cancels = Cancels(service, bridge, ids[0])
    cancels.run(1000)
    assert cancels.count >= 1000 and set(cancels.kinds) <= {("cancelled", "none"), "result"}
    assert bridge.end() == (0, b"", b"")


@pytest.mark.measures("memory and descriptors")
def test_twenty_thousand_cancelled_calls(service, bridge, ids):
    cancels = Cancels(service, bridge, ids[0])
    _, first_descriptors = cancels.rest()
    cancels.run(CALLS // 4)
    kilobytes, _ = cancels.rest()
    cancels.run(CALLS - CALLS // 4)
    last_kilobytes, descriptors = cancels.rest()
    assert cancels.count >= CALLS and set(cancels.kinds) <= {("cancelled", "none"), "result"}
    assert cancels.kinds["cancelled", "none"] > CALLS // 2 and len(service.requests) > CALLS // 4
    assert last_kilobytes <= kilobytes + SLACK_KILOBYTES
    assert descriptors <= first_descriptors + CONNECTIONS
    assert bridge.end() == (0, b"", b"")


# Some, at a known moment.


def test_what_waits_for_a_connection_is_cancelled_and_never_sent(service, bridge, ids, gate):
    service.fail("GET", delay(gate), times=None)
    bridge.send(*[call(number, GET, nats_credentials_id=id) for number, id in enumerate(ids)])
    service.wait_for(lambda service: service.in_flight == CONNECTIONS)
    sent = {ids.index(request.suffix.split("/")[-1]) for request in service.requests}
    waiting = set(range(RUNNING)) - sent
    bridge.send(*map(cancel, waiting))
    found = answers(bridge, len(waiting))
    assert found.keys() == waiting and {error_of(message) for message in found.values()} == {("cancelled", "none")}
    gate.set()
    assert {number: message["result"]["id"] for number, message in answers(bridge, CONNECTIONS).items()} == {number: ids[number] for number in sent}
    assert len(service.requests) == CONNECTIONS == service.most_in_flight
    serves_on(service, bridge, ids[0])


@pytest.fixture
def gate():
    """Closed; the service's end opens it."""
    return threading.Event()


def test_a_change_that_waits_for_a_connection_is_cancelled_and_has_not_happened(service, bridge, account_id, ids):
    service.fail("GET", silence(), times=None)
    bridge.send(*[call(number, GET, nats_credentials_id=id, timeout_ms=FOR_EVER) for number, id in enumerate(ids[:CONNECTIONS])])
    service.wait_for(lambda service: service.in_flight == CONNECTIONS)
    changes = call("create", CREATE, nats_account_id=account_id, name="n"), call("delete", DELETE, nats_credentials_id=ids[0])
    bridge.send(*changes, call("p", "bridge.ping"))
    assert bridge.message()["id"] == "p"
    bridge.send(cancel("create"), cancel("delete"))
    assert {id: error_of(message) for id, message in answers(bridge, 2).items()} == dict.fromkeys(("create", "delete"), ("cancelled", "none"))
    bridge.send(*map(cancel, range(CONNECTIONS)))
    answers(bridge, CONNECTIONS)
    serves_on(service, bridge, ids[0])
    assert service.issued == {} and {request.method for request in service.requests} == {"GET"}


def test_a_change_under_way_answers_with_its_result_if_that_still_comes(service, bridge, account_id, ids, gate):
    """Cancelled or not: the secret is in this answer only."""
    service.fail("POST", carried_out_then(delay(gate)))
    service.fail("DELETE", carried_out_then(delay(gate)))
    bridge.send(call("c", CREATE, nats_account_id=account_id, name="n"))
    service.wait_for(lambda service: service.issued)
    bridge.send(cancel("c"), call("p", "bridge.ping"))
    assert bridge.message()["id"] == "p"
    gate.set()
    created = bridge.message()
    assert created["id"] == "c" and created["result"]["name"] == "n"
    token, seed = parts(created["result"]["credentials"]["content"])
    assert token and seed
    gate.clear()
    bridge.send(call("d", DELETE, nats_credentials_id=created["result"]["id"]))
    service.wait_for(lambda service: created["result"]["id"] not in service.credentials)
    bridge.send(cancel("d"))
    gate.set()
    assert bridge.message()["result"]["deleted"] is True
    serves_on(service, bridge, ids[0])


def test_a_change_under_way_that_is_cancelled_and_never_answered(service, bridge, account_id, ids):
    """The bridge looks what became of it, and undoes only what surely is its own."""
    far = service.add_account("far", region="nl-ams")["id"]
    service.fail("POST", carried_out_then(silence()), times=2)
    bridge.send(call("named", CREATE, nats_account_id=account_id, name="n"), call("unnamed", CREATE, nats_account_id=far, region="nl-ams"))
    service.wait_for(lambda service: len(service.issued) == 2)
    bridge.send(cancel("named"), cancel("unnamed"))
    found = answers(bridge, 2)
    [left] = [id for id in service.issued if id in service.credentials]
    assert service.credentials[left]["name"] == "n"
    assert error_of(found["unnamed"]) == ("cancelled", "none")
    assert error_of(found["named"]) == ("cancelled", "unknown") and found["named"]["error"]["data"]["candidates"] == [left]
    serves_on(service, bridge, ids[0])


def test_a_call_is_cancelled_between_two_attempts(service, bridge, ids):
    rule = service.fail("GET", answer(429, headers=[("Retry-After", "60")]), times=None)
    bridge.send(call("w", GET, nats_credentials_id=ids[0], timeout_ms=FOR_EVER))
    service.wait_for(lambda _: rule.hits == 1)
    wait_until_asleep(bridge.process.pid)
    bridge.send(cancel("w"))
    assert error_of(bridge.message()) == ("cancelled", "none")
    serves_on(service, bridge, ids[0])
    assert rule.hits == 1


def test_a_stream_is_cancelled_while_a_page_does_not_come(service, bridge, ids):
    service.fail(lambda recorded: len(service.requests) > 1, silence(), times=None)
    bridge.send(call("s", "credentials.stream", page_size=10))
    service.wait_for(lambda service: len(service.requests) == 2)
    bridge.send(cancel("s"))
    assert bridge.message()["method"] == "$/progress"
    found = bridge.message()
    assert error_of(found) == ("cancelled", "none") and found["error"]["data"]["items_sent"] == 10
    service.rules.clear()
    result = bridge.result("credentials.stream", {"cursor": found["error"]["data"]["cursor"]})
    assert result["items"] == RUNNING - 10 and result["complete"]


# The end, while everything hangs.


@pytest.fixture
def hanging(service, bridge, ids):
    """A bridge all of whose calls hang in the service for ever."""
    service.fail("*", silence(), times=None)
    bridge.send(*[call(number, GET, nats_credentials_id=id, timeout_ms=FOR_EVER) for number, id in enumerate(ids)])
    service.wait_for(lambda service: service.in_flight == CONNECTIONS)
    return bridge


def test_at_the_end_of_input_each_call_has_its_own_time(service, bridge, ids):
    service.fail("*", silence(), times=None)
    bridge.send(*[call(number, GET, nats_credentials_id=id, timeout_ms=1000 + 10 * number) for number, id in enumerate(ids)])
    bridge.process.stdin.close()
    found = answers(bridge, RUNNING)
    assert {error_of(message) for message in found.values()} == {("timeout", "none")}
    assert bridge.line() is None and bridge.process.wait(LIMIT) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it(hanging, number):
    hanging.process.send_signal(number)
    assert {error_of(message) for message in answers(hanging, RUNNING).values()} == {("shutting_down", "none")}
    assert hanging.line() is None and hanging.process.wait(LIMIT) == 0
    assert hanging.process.stderr.read() == b""


def test_a_signal_ends_it_while_a_change_hangs(service, bridge, account_id):
    service.fail("*", silence(), times=None)
    bridge.send(call("c", CREATE, nats_account_id=account_id, name="n", timeout_ms=FOR_EVER))
    service.wait_for(lambda service: service.in_flight == 1)
    bridge.process.send_signal(signal.SIGTERM)
    assert error_of(bridge.message()) == ("shutting_down", "unknown")
    assert bridge.line() is None and bridge.process.wait(LIMIT) == 0


def test_a_closed_stdout_ends_it(hanging):
    hanging.process.stdout.close()
    assert hanging.process.wait(LIMIT) == 0
    assert hanging.process.stderr.read() == b""


def test_it_is_killed_by_the_second_signal(service, bridge, account_id):
    service.fail("*", silence(), times=None)
    bridge.send(call("c", CREATE, nats_account_id=account_id, name="n", timeout_ms=FOR_EVER), call("r", "credentials.list", timeout_ms=FOR_EVER))
    service.wait_for(lambda service: service.in_flight == 1)
    bridge.process.send_signal(signal.SIGTERM)
    # What waited is answered at once, so the signal was heard.
    assert bridge.message()["id"] == "r"
    bridge.process.send_signal(signal.SIGTERM)
    assert bridge.process.wait(LIMIT) == 128 + signal.SIGTERM


# Rest.


def succeed(service, bridge, ids):
    bridge.result(GET, {"nats_credentials_id": ids[0]})


def try_again(service, bridge, ids):
    service.fail("GET", answer(503))
    bridge.result(GET, {"nats_credentials_id": ids[0]})


def give_up(service, bridge, ids):
    service.fail("GET", silence())
    bridge.error(GET, {"nats_credentials_id": ids[0], "timeout_ms": 100})


def lose_all_connections(service, bridge, ids):
    bridge.send(*[call(number, GET, nats_credentials_id=id) for number, id in enumerate(ids)])
    answers(bridge, RUNNING)
    service.close_idle()


@pytest.mark.measures("how often it wakes")
@pytest.mark.parametrize("use", [succeed, try_again, give_up, lose_all_connections], ids=lambda use: use.__name__)
def test_after_calls_it_is_never_woken(service, bridge, ids, use):
    use(service, bridge, ids)
    wait_until_asleep(bridge.process.pid)
    # Swift's own pool threads go to sleep, and then away, a while after their last work; after that nothing may wake.
    assert any(is_quiet(bridge.process.pid, bridge.process.stdout, bridge.process.stderr) for _ in range(4))


def libraries(bridge):
    with open(f"/proc/{bridge.process.pid}/maps") as maps:
        return {line.split("/")[-1].split(".")[0] for line in maps if ".so" in line}


def threads(bridge):
    return len(os.listdir(f"/proc/{bridge.process.pid}/task"))


def test_what_http_needs_is_there_from_the_first_call_on_and_not_before(service, bridge, ids):
    """Whatever was done on `local` before, or was refused before anything was to be sent."""
    for method in ("credentials.create", "credentials.list", "accounts.list"):
        bridge.result(method, {"region": "local"})
    bridge.error(GET, {"nats_credentials_id": "no id"})
    bridge.error(CREATE, {"name": "no account"})
    bridge.result("bridge.info")
    assert "libcurl" not in libraries(bridge) and service.connections == []
    before = threads(bridge)
    bridge.result(GET, {"nats_credentials_id": ids[0]})
    assert "libcurl" in libraries(bridge) and threads(bridge) > before


def test_libcurl_cannot_be_used(home, service, account_id, ids):
    """A broken file of its name comes first on the path of libraries. Scaleway's regions then say which; `local` needs none."""
    broken = home / "libraries"
    broken.mkdir()
    for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
        (broken / name).write_bytes(b"\x7fELF nothing")
    path = f"{broken}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    with Bridge(home, env={**service.environment, "LD_LIBRARY_PATH": path}) as bridge:
        calls = {GET: {"nats_credentials_id": ids[0]}, CREATE: {"nats_account_id": account_id}, DELETE: {"nats_credentials_id": ids[0]}}
        for method, params in [*calls.items(), ("credentials.list", {}), ("credentials.stream", {})] * 2:
            error = bridge.error(method, params)
            data = error["data"]
            assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1461, "library_unusable", "none", False)
            assert data["library"] == "libcurl" and data["path"] == str(broken / "libcurl.so.4")
            assert bridge.result("credentials.create", {"region": "local"})["region"] == "local"
        assert bridge.end() == (0, b"", b"")
    assert service.connections == []
