#!/usr/bin/env python3
"""What a store costs with 1,000,000 credentials in an account, beside one with 100, in one run, taking turns; and how long others wait
while a million rows are examined or taken away.

    Tests/run --benchmark

Costs are times of the processor that the bridge itself used, each measured several times and the least taken: other work on the machine can
make a figure worse, never better. Waits are times on the clock.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from benchmark import PROGRAM, call, request, require
from child import Child
from million import fill, give_keys
from report import print_row, report, save

SMALL, LARGE, KEYS = 100, 1_000_000, 2_000
# Each has a file of claims, which takes its time to make.
ACCOUNTS = {SMALL: 100, LARGE: 2_000}
ROUNDS, DELETES, CREATES = 7, 5, 510
# How long the rows of a large account are watched as they go, in seconds; all of them would take a quarter of an hour.
WATCHED = 30
GROWTH, WAIT = 1.5, 200
# The CPU of a delete without a server, in milliseconds.
DELETE = 5
# What memory may rise by, in MiB, while all rows pass.
RISE = 2
ORDERS = [f"{key}_{way}" for key, way in product(("created_at", "updated_at", "name"), ("asc", "desc"))]


def main():
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        homes = [Home(Path(folder) / str(count), count) for count in (SMALL, LARGE)]
        print_row("figure", f"at {LARGE:,}", f"at {SMALL}", "ratio", "target", "reached")
        first_answer(homes[1])
        with homes[0].bridge() as small, homes[1].bridge() as large:
            both = [small, large]
            for home, child in zip(homes, both):
                home.is_idle(child)
            calls = every_call(homes, both)
            lists(homes, both)
            streamed(homes[1], large)
            creates(homes, both)
            deletes(homes, both, f"all on one signing key of {SMALL} and {LARGE:,}", GROWTH)
            give_keys(homes[1].store, KEYS)
            deletes(homes, both, f"with {KEYS:,} keys, as the bridge makes them")
            examined(homes[1], large)
            emptied(homes[1], large)
    save("growth", sizes=[SMALL, LARGE], calls=calls)


class Home:
    """A home whose store has so many credentials in one account, and so many accounts."""

    def __init__(self, folder, count):
        folder.mkdir()
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
        self.store = folder / ".local/state/nats-credentials-bridge/store.db"
        with self.bridge() as bridge:
            account = call(bridge, "accounts.create", name="full")
            self.account, self.project, self.accounts = account["id"], account["project_id"], ACCOUNTS[count] + 1
            bridge.end()
        fill(self.store, account, count, ACCOUNTS[count])
        # Or the first to sync waits for all of it to be written out.
        os.sync()
        with self.bridge() as bridge:
            self.is_settled(bridge)
            bridge.end()

    def is_settled(self, bridge):
        """Waits until the files of all accounts are written, which begins with the first request."""
        while call(bridge, "accounts.list", page_size=1) and len(list((self.store.parent / "resolver").glob("A*.jwt"))) < self.accounts:
            time.sleep(0.1)

    def is_idle(self, bridge):
        """Waits until it has looked at the files of all accounts, beside the first request: that is not what the next one costs."""
        call(bridge, "accounts.list", page_size=1)
        used = -1
        while used < (used := processor_time(bridge)):
            time.sleep(0.2)

    def bridge(self):
        # Where nobody listens: what a server takes is not measured here.
        return Child([PROGRAM, "--nats-url", "nats://127.0.0.1:9"], self.environment)


def processor_time(child):
    """Milliseconds that all threads of the process have used."""
    return time.clock_gettime_ns((~child.process << 3) | 2) / 1e6


def cost(child, method, **params):
    asked, begun = request(method, region="local", **params), processor_time(child)
    os.write(child.input, asked)
    while b'"method":"$/progress"' in (answer := child.line()):
        pass
    used = processor_time(child) - begun
    require(b'"result":' in answer)
    return used


def least(both, measure, rounds=ROUNDS):
    """The least of what each costs, the two in turn: the large store first, as figures are told."""
    figures = [[measure(index, child) for index, child in enumerate(both)] for _ in range(rounds)]
    small, large = (min(column) for column in zip(*figures))
    return large, small


def every_call(homes, both):
    """What each usual call costs; gives them by name, in milliseconds, at the small and at the large store."""
    costs = {}

    def compare(name, method, params):
        """`params` is made anew for every call, which may need one of its own before."""
        large, small = least(both, lambda index, child: cost(child, method, **params(homes[index], child)), 3 * ROUNDS)
        report(name, large, small, "ms", ratio_target=GROWTH)
        costs[name] = [small, large]

    def account(child):
        return call(child, "accounts.create", name=f"one more {time.monotonic_ns()}")["id"]

    def credential(home, child):
        return call(child, "credentials.create", name="one more", nats_account_id=home.account)["id"]

    rows = [call(child, "credentials.list", page_size=100)["nats_credentials"] for child in both]
    some = dict(zip(homes, ([row["id"] for row in page] for page in rows)))
    compare("credentials.get", "credentials.get", lambda home, _: {"nats_credentials_id": some[home][time.monotonic_ns() % 100]})
    compare("credentials.list, a page of 100", "credentials.list", lambda home, _: {"page_size": 100, "nats_account_id": home.account})
    compare("credentials.stream, 100 rows", "credentials.stream", lambda home, _: {"page_size": 100, "max_pages": 1})
    compare("credentials.create", "credentials.create", lambda home, _: {"name": "one more", "nats_account_id": home.account})
    compare("credentials.delete", "credentials.delete", lambda home, child: {"nats_credentials_id": credential(home, child)})
    report(f"credentials.delete, at {LARGE:,}", costs["credentials.delete"][1], unit="ms", target=DELETE)
    compare("accounts.get", "accounts.get", lambda home, _: {"nats_account_id": home.account})
    compare("accounts.list, a page of 20", "accounts.list", lambda home, _: {"page_size": 20})
    compare("accounts.create", "accounts.create", lambda home, _: {"name": f"one more {time.monotonic_ns()}"})
    compare("accounts.delete", "accounts.delete", lambda home, child: {"nats_account_id": account(child)})
    return costs


def streamed(home, bridge):
    """All rows pass, after some have: memory does not grow with them."""
    passing(bridge, max_pages=100)
    before, begun = bridge.peak_kilobytes(), processor_time(bridge)
    rows = passing(bridge)
    require(rows >= LARGE)
    report(f"credentials.stream over {rows:,} rows, a row", (processor_time(bridge) - begun) / rows * 1e3, unit="µs")
    report("peak of resident memory, its rise meanwhile", (bridge.peak_kilobytes() - before) / 1024, unit="MiB", target=RISE)


def passing(bridge, **params):
    os.write(bridge.input, request("credentials.stream", region="local", page_size=100, **params))
    while b'"method":"$/progress"' in (line := bridge.line()):
        pass
    return json.loads(line)["result"]["items"]


def lists(homes, both):
    """Page 1 of every list in every order and filter; told is the one that grows most."""
    for method, filters in {
        "credentials.list": [[], ["nats_account_id"], ["project_id"], ["nats_account_id", "project_id"]],
        "accounts.list": [[], ["project_id"]],
    }.items():
        grown = []
        for order, names in product(ORDERS, filters):

            def page(index, child, order=order, names=names):
                values = {"nats_account_id": homes[index].account, "project_id": homes[index].project}
                return cost(child, method, order_by=order, **{name: values[name] for name in names})

            figures = least(both, page)
            grown.append((figures[0] / figures[1], figures, f"{order}, {' and '.join(names) or 'no filter'}"))
        _, figures, which = max(grown)
        report(f"{method}, page 1, the worst of {len(grown)}: {which}", *figures, "ms", ratio_target=GROWTH)


def creates(homes, both):
    """The slowest of so many that each makes a new signing key at least once."""

    def slowest(index, child):
        return max(cost(child, "credentials.create", name="one more", nats_account_id=homes[index].account) for _ in range(CREATES))

    report(f"credentials.create, the slowest of {CREATES}", *least(both, slowest, 3), "ms", ratio_target=GROWTH)


def deletes(homes, both, which, target=None):
    def delete(index, child):
        (row,) = call(child, "credentials.list", page_size=1, nats_account_id=homes[index].account)["nats_credentials"]
        return cost(child, "credentials.delete", nats_credentials_id=row["id"])

    report(f"credentials.delete, {which}", *least(both, delete, ROUNDS * DELETES), "ms", ratio_target=target)


def first_answer(home):
    begun = time.perf_counter()
    with home.bridge() as bridge:
        call(bridge, "credentials.list", page_size=100)
        report("start to the first page", (time.perf_counter() - begun) * 1e3, unit="ms", target=WAIT)
        bridge.end()


def slowest_wait(bridge, home, is_over):
    """The longest that a request waited, of gets, lists and changes one after the other until it is over."""
    other = call(bridge, "accounts.create", name="beside")["id"]
    row = call(bridge, "credentials.create", name="beside", nats_account_id=other)
    waits = []
    while not is_over():
        for method, params in (
            ("bridge.ping", {}),
            ("bridge.info", {}),
            ("credentials.get", {"nats_credentials_id": row["id"]}),
            ("credentials.list", {"page_size": 100, "order_by": "name_desc"}),
            ("credentials.create", {"nats_account_id": other, "name": "beside"}),
        ):
            begun = time.perf_counter()
            answer = call(bridge, method, **params) if method.startswith("credentials") else plain(bridge, method)
            waits.append((time.perf_counter() - begun, method))
            if method == "credentials.create":
                begun = time.perf_counter()
                call(bridge, "credentials.delete", nats_credentials_id=answer["id"])
                waits.append((time.perf_counter() - begun, "credentials.delete"))
    return max(waits)


def plain(bridge, method):
    os.write(bridge.input, request(method))
    require(b'"result":' in bridge.line())


def examined(home, bridge):
    """`doctor` beside a bridge that serves; and the same without it, which is what the machine is good for in these seconds."""
    end = time.perf_counter() + 10
    alone, _ = slowest_wait(bridge, home, lambda: time.perf_counter() > end)
    begun = time.perf_counter()
    doctor = subprocess.Popen([PROGRAM, "doctor"], env=home.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    wait, method = slowest_wait(bridge, home, lambda: doctor.poll() is not None)
    taken = time.perf_counter() - begun
    require(b"credentials" in doctor.stdout.read())
    report(f"doctor takes {taken:.1f} s; the longest wait, {method}; without it", wait * 1e3, alone * 1e3, "ms", target=WAIT)


def emptied(home, bridge):
    """An account of a million rows is deleted."""
    begun = time.perf_counter()
    call(bridge, "accounts.delete", nats_account_id=home.account)
    report("accounts.delete, until its answer", (time.perf_counter() - begun) * 1e3, unit="ms", target=WAIT)

    def left():
        return call(bridge, "credentials.list", nats_account_id=home.account, page_size=1)["total_count"]

    wait, method = slowest_wait(bridge, home, lambda: left() == 0 or time.perf_counter() - begun > WATCHED)
    taken, gone = time.perf_counter() - begun, LARGE - left()
    report(f"{gone / taken:,.0f} of its rows go in a second; the longest wait meanwhile, {method}", wait * 1e3, unit="ms", target=WAIT)


if __name__ == "__main__":
    sys.exit(main())
