"""Streams that end early, by an error, a cancel or a deadline, and others beside a stream."""

import fcntl
import json
import threading

import pytest

from bridge import Bridge
from process_tools import call, wait_until_asleep
from scaleway_service import answer, delay, reshape, silence
from scaleway_streams import (
    ACCOUNTS, CREDENTIALS, LIST, PIPE, broken, checked, ends_well, ids_of, new_process, stream, streamed, wait_until_full,
)  # fmt: skip
from streaming import ask, every_list

# Errors in the middle.

ERRORS = {
    "500": (answer(500, {"message": "oops"}), 4, 1503, "backend_unavailable"),
    "404": (answer(404, {"type": "not_found", "resource": "namespace", "resource_id": "x"}), 1, 1404, "not_found"),
    "not JSON": (answer(200, b'{"total_count":'), 1, 1502, "bad_response"),
    "a row without an id": (answer(200, {"total_count": 95, "nats_credentials": [{"name": "x"}]}), 1, 1502, "bad_response"),
    "the key is gone": (answer(401, {"type": "denied_authentication"}), 1, 1401, "unauthenticated"),
}  # fmt: skip


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_the_middle_says_what_was_sent_and_a_new_process_goes_on(service, bridge, home, error):
    how, times, code, kind = ERRORS[error]
    rows = service.rows(95)
    service.fail(lambda _: len(service.requests) >= 7, how, times)
    ids, found = broken(bridge, page_size=10)
    data = found["data"]
    assert (found["code"], data["kind"], data["outcome"]) == (code, kind, "none") and ids == rows[:60] and data["items_sent"] == 60
    assert len(service.requests) == 6 + times
    more, sums = new_process(home, service, cursor=data["cursor"])
    assert more == rows[60:] and sums["complete"] and not sums["moved"]
    # And in this one.
    assert stream(bridge, cursor=data["cursor"])[0] == rows[60:]


def test_an_error_on_the_first_page_has_nothing_to_go_on_with(service, bridge):
    service.fail(LIST, answer(401))
    ids, error = broken(bridge)
    assert ids == [] and error["data"].get("cursor") is None


def test_an_error_that_passes_is_not_seen(service, bridge):
    rows = service.rows(95)
    for number in 3, 6:
        service.fail(lambda _, number=number: len(service.requests) == number, answer(503))
    ids, sums = stream(bridge, page_size=10)
    assert ids == rows and ends_well(sums, 95) and len(service.requests) == 12


# Cancelling, deadlines, and others beside a stream.


def test_a_stream_that_is_cancelled_asks_no_more(service, bridge):
    rows, gate = service.rows(100), threading.Event()
    service.fail(lambda _: len(service.requests) == 3, delay(gate))
    bridge.send(ask(CREDENTIALS, {"page_size": 10}))
    service.wait_for(lambda s: len(s.requests) == 3)
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "s"}})
    ids, _, message = streamed(bridge)
    data = message["error"]["data"]
    assert (message["error"]["code"], data["kind"], data["outcome"], data["items_sent"]) == (-32800, "cancelled", "none", 20)
    assert bridge.result("bridge.ping") == {}
    gate.set()
    wait_until_asleep(bridge.process.pid)
    assert len(service.requests) == 3
    assert ids + stream(bridge, cursor=data["cursor"])[0] == rows


def test_a_stream_that_nobody_reads_can_be_cancelled(service, home):
    service.rows(100)
    with Bridge(home, env=service.environment) as bridge:
        fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, PIPE)
        bridge.send(ask(CREDENTIALS, {"page_size": 20}))
        wait_until_full(bridge.process.stdout)
        bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "s"}})
        wait_until_asleep(bridge.process.pid)
        ids, _, message = streamed(bridge)
        assert message["error"]["code"] == -32800 and len(ids) == 20 and len(service.requests) == 1


def test_the_deadline_is_one_of_each_page(service, bridge):
    """The five pages together take longer than `timeout_ms`."""
    rows, service.lag = service.rows(50), 0.5
    ids, sums = stream(bridge, page_size=10, timeout_ms=1500)
    assert ids == rows and ends_well(sums, 50) and len(service.requests) == 5


def test_a_page_that_hangs_ends_it(service, bridge, home):
    rows = service.rows(50)
    service.fail(lambda _: len(service.requests) == 3, silence())
    ids, error = broken(bridge, page_size=10, timeout_ms=1000)
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1408, "timeout", "none") and ids == rows[:20]
    assert error["data"]["items_sent"] == 20
    assert new_process(home, service, cursor=error["data"]["cursor"])[0] == rows[20:]


def test_two_streams_and_sixteen_others_at_once(service, bridge):
    accounts = service.rows(60, "accounts")
    rows = service.add_many(accounts[0], 300)
    service.lag = 0.005
    bridge.send(ask(CREDENTIALS, {"page_size": 10}, "c"), ask(ACCOUNTS, {"page_size": 3}, "a"))
    for number in range(8):
        bridge.send(ask("credentials.get", {"nats_credentials_id": rows[number]}, number), ask("accounts.list", {"page_size": 7}, 8 + number))
    parts, answers = {"c": [], "a": []}, {}
    while len(answers) < 18:
        message = bridge.message()
        if "method" in message:
            assert message["params"]["token"] not in answers, "a part came after its answer"
            parts[message["params"]["token"]].append(message["params"]["value"])
        else:
            answers[message["id"]] = message
    for id, ids in ("c", rows), ("a", accounts):
        assert ids_of(parts[id]) == ids and ends_well(checked(parts[id], answers[id])["result"], len(ids))
    assert [answers[number]["result"]["id"] for number in range(8)] == rows[:8]
    assert all([row["id"] for row in answers[8 + number]["result"]["nats_accounts"]] == accounts[:7] for number in range(8))


@every_list
def test_call_prints_all_rows_of_a_list(service, home, what):
    rows, service.max_page_size = service.rows(120, what), 50
    result = call(home, f"{what}.list", "--all", env=service.environment)
    assert result.returncode == 0, result.stderr
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == rows


def test_call_says_that_a_list_is_not_whole(service, home):
    service.rows(100)
    service.at_request(3, lambda: service.fail(LIST, reshape(lambda page: {**page, "nats_credentials": []}), times=None))
    result = call(home, "credentials.list", "--all", "page_size=10", env=service.environment)
    assert len(result.stdout.splitlines()) == 20 and b"the list is not complete" in result.stderr


def test_call_ends_at_a_row_that_lacks_the_field_and_asks_for_no_more(service, home):
    """The rows before it are printed."""
    rows = service.rows(100)
    del service.credentials[rows[14]]["checksum"]
    result = call(home, "credentials.list", "--all", "page_size=10", "--field", "checksum", env=service.environment)
    checksums = [service.credentials[id]["checksum"] for id in rows[:14]]
    assert (result.returncode, result.stdout.decode().split()) == (2, checksums)
    assert b"there is no field checksum" in result.stderr and result.stderr.count(b"\n") == 1
    assert len(service.lists) == 2
