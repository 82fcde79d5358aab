"""100,000 credentials in one account: create and get cost what they cost at 100, and a stream over all of them takes constant memory.

Costs are times of the processor which the bridge itself used, batches of a small and a large store in turn. They are measured up to three
times, and once within the bound is enough: other work on the machine can make a figure worse, never better."""

import fcntl
import itertools
import json
import os
import random
import re
import selectors
import statistics
import time

import pytest

from bridge import LIMIT
from issued import local
from large_store import fill_store
from process_tools import most_memory

SMALL, LARGE = 100, 100_000
BATCH, BATCHES, ROUNDS = 20, 6, 3
MIB = 1 << 20


@pytest.fixture(scope="module")
def homes(tmp_path_factory, port):
    """Two homes, with a small and a large store."""
    made = {}
    for count in (SMALL, LARGE):
        made[count] = tmp_path_factory.mktemp(f"home-{count}")
        with local(made[count], port) as bridge:
            account = bridge.result("accounts.create", {"name": "full"})
            assert bridge.end()[0] == 0
        fill_store(made[count] / "state" / "nats-credentials-bridge" / "store.db", account["id"], account["project_id"], count)
    return made


def processor_time(bridge):
    """Nanoseconds that all threads of the bridge have used."""
    return time.clock_gettime_ns((~bridge.process.pid << 3) | 2)


def cost(bridge, requests):
    """Nanoseconds a request, for a batch sent one at a time."""
    begun = processor_time(bridge)
    for method, params in requests:
        bridge.result(method, params)
    return (processor_time(bridge) - begun) / len(requests)


def ratio(homes, port, requests):
    """How many times as much the same costs in the large store: of the medians, batches in turn."""
    costs = {SMALL: [], LARGE: []}
    with local(homes[SMALL], port) as small, local(homes[LARGE], port) as large:
        bridges = {SMALL: small, LARGE: large}
        for bridge in bridges.values():
            # Opens the store, and makes the next signing key of the one whose keys are used up.
            bridge.result("credentials.create", {"name": "first"})
        for _, size in itertools.product(range(BATCHES), bridges):
            costs[size].append(cost(bridges[size], requests(bridges[size])))
    return statistics.median(costs[LARGE]) / statistics.median(costs[SMALL])


def best_ratio(homes, port, requests, bound):
    ratios = []
    while len(ratios) < ROUNDS and (not ratios or min(ratios) > bound):
        ratios.append(ratio(homes, port, requests))
    return min(ratios)


def test_a_create_costs_at_most_twice_as_much(homes, port):
    assert best_ratio(homes, port, lambda _: [("credentials.create", {"name": "one more"})] * BATCH, bound=2) <= 2


def test_a_get_costs_at_most_twice_as_much(homes, port):
    chance = random.Random(1)

    def gets(bridge):
        count = bridge.result("credentials.list", {"page_size": 1})["total_count"]
        # Places all over the list, so that large means large.
        pages = [chance.randrange(1, count // 10) for _ in range(5)]
        ids = [row["id"] for page in pages for row in listed(bridge, page)]
        chance.shuffle(ids)
        return [("credentials.get", {"nats_credentials_id": id}) for id in ids] * 4

    assert best_ratio(homes, port, gets, bound=2) <= 2


def listed(bridge, page):
    return bridge.result("credentials.list", {"page": page, "page_size": 10})["nats_credentials"]


def stream(bridge, **params):
    """The sums of a stream, and the ids of its rows."""
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": "credentials.stream", "params": params})
    return finish(bridge)


def finish(bridge):
    """The same of a stream that was asked for. The rows of so many pages are not taken apart, only their ids are picked out."""
    ids, pieces = [], []
    while True:
        with selectors.DefaultSelector() as selector:
            selector.register(bridge.process.stdout, selectors.EVENT_READ)
            assert selector.select(LIMIT), "nothing came"
        chunk = os.read(bridge.process.stdout.fileno(), MIB)
        assert chunk, "the bridge ended"
        pieces.append(chunk)
        if b"\n" not in chunk:
            continue
        *lines, rest = b"".join(pieces).split(b"\n")
        pieces = [rest]
        for line in lines:
            if not line.startswith(b'{"jsonrpc":"2.0","method":"$/progress"'):
                return json.loads(line)["result"], ids
            ids += re.findall(rb'\{"id":"([^"]+)","name":', line)


def test_a_stream_over_all_of_them_has_each_once_in_constant_memory(homes, port):
    with local(homes[LARGE], port) as bridge:
        sums, ids = stream(bridge, max_pages=10)
        few = most_memory(bridge)
        assert len(ids) == 1000 and not sums["complete"]
    with local(homes[LARGE], port) as bridge:
        sums, ids = stream(bridge)
        many = most_memory(bridge)
    assert sums["complete"] and sums["items"] == sums["total_count"] == len(ids) == len(set(ids)) >= LARGE
    assert many - few < 4 * MIB


def test_a_stream_that_nobody_reads_stops_asking(homes, port):
    """While one bridge's answers lie unread, another streams the whole list; the first has not gone on meanwhile, though it had the time,
    and when it is read it gives all rows, those too that were made while it stood still."""
    with local(homes[LARGE], port) as stalled, local(homes[LARGE], port) as reader:
        fcntl.fcntl(stalled.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        stalled.send({"jsonrpc": "2.0", "id": 1, "method": "credentials.stream"})
        _, ids = stream(reader)
        made = [reader.result("credentials.create", {"name": "late"})["id"].encode() for _ in range(5)]
        assert processor_time(stalled) < processor_time(reader) / 4
        fcntl.fcntl(stalled.process.stdout, fcntl.F_SETPIPE_SZ, MIB)
        sums, seen = finish(stalled)
    assert seen == ids + made and sums["complete"]
