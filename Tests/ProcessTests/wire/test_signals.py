"""SIGTERM, SIGINT and SIGHUP end the process in order, whatever it is doing; a second one ends it at once."""

import signal
import subprocess

import pytest

from bridge import LIMIT, Bridge
from process_tools import PING, credential_ids, held_store, make_store, program, read_until, request

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
every_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


@every_signal
def test_with_nothing_to_do_it_ends_at_once_and_silently(home, number):
    with Bridge(home) as bridge:
        bridge.result("bridge.ping")
        bridge.process.send_signal(number)
        assert bridge.process.wait(LIMIT) == 0
        assert bridge.process.stdout.read() == b"" and bridge.process.stderr.read() == b""


@every_signal
def test_a_read_under_way_is_answered_at_once(home, number):
    make_store(home)
    with held_store(home, against_readers=True), Bridge(home, "--region", "local") as bridge:
        bridge.send(request("credentials.list", id="read"), request("credentials.stream", id="stream"), PING)
        assert bridge.message()["id"] == 1
        bridge.process.send_signal(number)
        answers = [bridge.message(limit=2), bridge.message(limit=2)]
        assert {answer["id"] for answer in answers} == {"read", "stream"}
        for answer in answers:
            data = answer["error"]["data"]
            assert (answer["error"]["code"], data["kind"], data["outcome"]) == (1503, "shutting_down", "none")
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0


@every_signal
def test_a_mutation_under_way_gets_a_moment_and_no_line_is_read_any_more(home, number):
    make_store(home)
    with held_store(home) as release, Bridge(home) as bridge:
        held_mutation(bridge)
        bridge.process.send_signal(number)
        assert bridge.message(limit=2)["error"]["data"]["kind"] == "shutting_down"
        bridge.send(request("bridge.ping", id="too late"))
        release()
        answer = bridge.message()
        assert answer["id"] == "change" and answer["result"]["name"] == "n"
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0
    assert credential_ids(home) == [answer["result"]["id"]]


def test_a_mutation_that_takes_too_long_ends_with_an_unknown_outcome(home):
    make_store(home)
    with held_store(home), Bridge(home) as bridge:
        held_mutation(bridge)
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.message(limit=2)["id"] == "waits"
        answer = bridge.message(limit=5)
        assert answer["id"] == "change"
        assert (answer["error"]["code"], answer["error"]["data"]["outcome"]) == (1503, "unknown")
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0


def test_a_mutation_that_still_waits_for_its_turn_does_not_happen(home):
    make_store(home)
    with held_store(home) as release, Bridge(home) as bridge:
        held_mutation(bridge)
        bridge.send(request("credentials.create", {"name": "second"}, id="second"), PING)
        assert bridge.message()["id"] == 1
        bridge.process.send_signal(signal.SIGTERM)
        answers = {answer["id"]: answer for answer in (bridge.message(limit=2), bridge.message(limit=2))}
        assert answers["second"]["error"]["data"]["kind"] == "shutting_down"
        assert answers["second"]["error"]["data"]["outcome"] == "none"
        release()
        assert bridge.message()["id"] == "change"
        assert bridge.process.wait(LIMIT) == 0
    assert len(credential_ids(home)) == 1


@every_signal
def test_a_second_signal_ends_it_at_once(home, number):
    make_store(home)
    with held_store(home), Bridge(home) as bridge:
        held_mutation(bridge)
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.message(limit=2)["id"] == "waits"
        bridge.process.send_signal(number)
        assert bridge.process.wait(2) == 128 + number


@pytest.mark.parametrize("number", SIGNALS[:2], ids=lambda number: number.name)
def test_it_ends_while_nobody_takes_its_answers(home, number):
    with program(home, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(request("rpc.discover") * 100)
        process.stdin.flush()
        read_until(process.stdout.fileno(), b'"jsonrpc"')
        process.send_signal(number)
        assert process.wait(6) == 0


def test_answers_that_wait_for_a_slow_reader_are_still_written_after_a_signal(home):
    with program(home, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(request("rpc.discover") * 5 + PING)
        process.stdin.flush()
        first = read_until(process.stdout.fileno(), b'"jsonrpc"')
        process.send_signal(signal.SIGTERM)
        lines = (first + process.stdout.read()).splitlines()
        assert [line.startswith(b'{"jsonrpc":"2.0","id":1,"result":{') and line.endswith(b"}}") for line in lines] == [True] * 6
        assert process.wait(LIMIT) == 0


def test_a_second_signal_ends_it_while_nobody_takes_its_answers(home):
    make_store(home)
    with held_store(home), Bridge(home) as bridge:
        held_mutation(bridge)
        bridge.send(*[request("rpc.discover", id=number) for number in range(20)])
        bridge.process.send_signal(signal.SIGTERM)
        # The answer to what waited stands behind the documents: reading up to it tells that the first signal was heard.
        while bridge.message()["id"] != "waits":
            pass
        bridge.process.send_signal(signal.SIGINT)
        assert bridge.process.wait(2) == 128 + signal.SIGINT


def held_mutation(bridge):
    """A mutation that hangs on the held store and a read that waits for it; both were read when this returns."""
    bridge.send(request("credentials.create", {"name": "n"}, id="change"), request("credentials.list", id="waits"), PING)
    assert bridge.message()["id"] == 1
