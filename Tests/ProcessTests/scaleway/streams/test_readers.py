"""Streams that nobody reads, and streams of many rows."""

import fcntl
import json
import os
import select

import pytest

from bridge import LIMIT
from process_tools import read_some, wait_until_asleep
from scaleway_streams import CREDENTIALS, PIPE, ends_well, ids_of, streamed, wait_until_full
from streaming import ask

MIB = 1 << 20


# Readers that do not read.


def test_no_page_is_asked_for_before_the_last_byte_is_taken(service, bridge):
    """Not when a page was begun, and not when most of it was read: when the pipe has taken all of it."""
    rows = service.rows(100)
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, PIPE)
    stdout = bridge.process.stdout.fileno()
    request = ask(CREDENTIALS, {"page_size": 20})
    bridge.send(request)
    lines = [bridge.line() + b"\n" for _ in range(5)]
    assert ids_of([json.loads(line)["params"]["value"] for line in lines]) == rows and bridge.message()["result"]["complete"]
    service.requests.clear()
    bridge.send(request)
    for number, line in enumerate(lines, 1):
        service.wait_for(lambda s, number=number: len(s.requests) == number and not s.in_flight)
        # All but what the pipe can hold and one byte: that byte cannot have been taken.
        held_back = PIPE + 1
        begin = read_exactly(stdout, len(line) - held_back)
        wait_until_asleep(bridge.process.pid)
        assert len(service.requests) == number and not service.in_flight
        assert begin + read_exactly(stdout, held_back) == line
    assert bridge.message()["result"]["complete"] and len(service.requests) == len(lines)


def read_exactly(descriptor, count):
    data = b""
    while len(data) < count:
        assert select.select([descriptor], [], [], LIMIT)[0], "nothing came"
        data += os.read(descriptor, count - len(data))
    return data


def test_a_stream_that_nobody_reads_stops_asking_and_goes_on_later(service, bridge):
    """A page is larger than the pipe."""
    rows = service.rows(2000)
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, 4 * PIPE)
    bridge.send(ask(CREDENTIALS))
    wait_until_full(bridge.process.stdout)
    wait_until_asleep(bridge.process.pid)
    assert len(service.requests) == 1
    ids, _, message = streamed(bridge)
    assert ids == rows and ends_well(message["result"], 2000) and len(service.requests) >= 20


def test_a_reader_that_goes_away_ends_the_stream(service, bridge):
    service.rows(2000)
    bridge.send(ask(CREDENTIALS))
    assert bridge.message()["params"]["value"]["seq"] == 1
    bridge.process.stdout.close()
    assert bridge.process.wait(LIMIT) == 0
    assert len(service.requests) < 12 and bridge.process.stderr.read() == b""


# Many rows.


def resident(bridge):
    with open(f"/proc/{bridge.process.pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


@pytest.mark.measures("memory")
def test_memory_stays_the_same_over_many_rows(service, bridge):
    """All of them together are 9 MB as text, and the bridge holds two pages."""
    service.rows(20_000)
    bridge.send(ask(CREDENTIALS))
    buffer, lines, rows, begin = b"", 0, 0, None
    while b'"result"' not in buffer or not buffer.endswith(b"\n"):
        *whole, buffer = (buffer + read_some(bridge.process.stdout.fileno())).split(b"\n")
        for line in whole:
            lines, rows = lines + 1, rows + line.count(b'"checksum"')
            if lines == 20:
                begin = resident(bridge)
        if whole and b'"result"' in whole[-1]:
            break
    sums = json.loads(whole[-1])["result"]
    assert rows == 20_000 and ends_well(sums, 20_000)
    assert resident(bridge) - begin < 8 * MIB
