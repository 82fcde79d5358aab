#!/usr/bin/env python3
"""Holds the program's Scaleway backend against Scaleway's own Python SDK, and against `requests` with kept connections, in one run.

    Tests/run --benchmark

All three ask the same service, service.c, on loopback, so that what is measured is the client's side, with what a caller in Python does for it.
They take turns; figures are medians. Of a rate, and of what is spent, the ratio says how many times better the bridge is than the SDK.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import requests
from benchmark import PROGRAM, in_turns, print_row, require
from child import Child
from scaleway import Client
from scaleway.mnq.v1beta1 import MnqV1Beta1NatsAPI

HERE = Path(__file__).resolve().parent
ROUNDS, SECONDS, LIST_ROUNDS, MEMORY_ROUNDS = 7, 0.4, 5, 3
AT_ONCE, PAGE = 16, 100
ROWS = {"fr-par": 10_000, "nl-ams": 50_000}
REGION = "fr-par"
ID = "5f8b1c9e-0d5a-4c7e-9b21-000000000000"
# Of nobody: well-formed, as the SDK wants them.
KEYS = {"access_key": "SCWXXXXXXXXXXXXXXXXX", "secret_key": "11111111-1111-4111-8111-111111111111"}
WIDTHS = (62, 14, 14, 14, 8, 9, 7)
CLOCK_TICK = 1 / os.sysconf("SC_CLK_TCK")


def main():
    # A proxy of this machine, or its .netrc, is not what is compared.
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        os.environ["HOME"] = folder
        service = Path(folder) / "service"
        subprocess.run(["cc", "-O2", "-o", service, HERE / "service.c"], check=True, timeout=60)
        with Child([str(service), *map(str, ROWS.values())], {}) as service:
            url = f"http://127.0.0.1:{int(service.line())}"
            with Bridge(url) as bridge:
                sides = [bridge, SDK(url), Requests(url)]
                print_row("figure", "the bridge", "SDK", "requests", "ratio", "target", "reached", widths=WIDTHS)
                gets(sides)
                listing(sides)
            memory(url)


def report(figure, values, unit="", target=None, ratio=None, reached=None):
    """One row. `target` is a ratio to the SDK, or the text of what `reached` says."""
    if reached is None and target is not None:
        reached, target = ratio >= target, f">= {target:g}"
    cells = ["-" if value is None else f"{value:,.4g} {unit}" if value < 1000 else f"{value:,.0f} {unit}" for value in values]
    print_row(
        figure,
        *cells,
        "-" if ratio is None else f"{ratio:.1f}",
        "-" if target is None else target,
        "-" if reached is None else "yes" if reached else "NO",
        widths=WIDTHS,
    )


# --- the three sides ----------------------------------------------------------------------------------------------------------------------


class Bridge:
    """The program, driven over its pipes."""

    def __init__(self, url):
        environment = {f"SCW_{name.upper()}": value for name, value in KEYS.items()}
        environment |= {"SCW_API_URL": url, "SCW_DEFAULT_REGION": REGION, "PATH": os.defpath, "HOME": os.environ["HOME"]}
        self.child = Child([PROGRAM], environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.__exit__()

    def request(self, method, **params):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"

    def get(self):
        os.write(self.child.input, self.request("credentials.get", nats_credentials_id=ID))
        require(json.loads(self.child.line())["result"]["id"] == ID)

    def get_many(self, end):
        """Keeps so many requests in the pipe: for each answer that is read goes the next."""
        count, waiting = 0, AT_ONCE
        os.write(self.child.input, b"".join(self.request("credentials.get", nats_credentials_id=ID) for _ in range(AT_ONCE)))
        rest = b""
        while waiting:
            *lines, rest = (rest + self.child.read()).split(b"\n")
            for line in lines:
                require(json.loads(line)["result"]["id"] == ID)
            count += len(lines)
            waiting -= len(lines)
            if lines and time.perf_counter() < end:
                os.write(self.child.input, b"".join(self.request("credentials.get", nats_credentials_id=ID) for _ in lines))
                waiting += len(lines)
        return count

    def rows(self, region=REGION):
        os.write(self.child.input, self.request("credentials.stream", region=region, page_size=PAGE))
        count = 0
        while "result" not in (message := json.loads(self.child.line())):
            count += len(message["params"]["value"]["nats_credentials"])
        require(message["result"]["complete"])
        return count

    def cpu(self):
        """Seconds, user and system together."""
        user, system = Path(f"/proc/{self.child.process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) * CLOCK_TICK + time.process_time()

    def peak_kilobytes(self):
        return int(re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{self.child.process}/status").read_text(), re.M)[1])


class Threads:
    """A side that is Python, so that as many threads are what it has for many at once."""

    def get_many(self, end):
        def work(_):
            count = 0
            while time.perf_counter() < end:
                self.get()
                count += 1
            return count

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return sum(pool.map(work, range(AT_ONCE)))

    def cpu(self):
        return time.process_time()


class SDK(Threads):
    """As its documentation shows it."""

    def __init__(self, url):
        self.api = MnqV1Beta1NatsAPI(Client(**KEYS, default_region=REGION, api_url=url))

    def get(self):
        require(self.api.get_nats_credentials(nats_credentials_id=ID).id == ID)

    def rows(self):
        return len(self.api.list_nats_credentials_all(page_size=PAGE))


class Requests(Threads):
    """The best that is written by hand without much ado: a kept connection for each thread, and the answer as it comes."""

    def __init__(self, url):
        self.url = f"{url}/mnq/v1beta1/regions/{REGION}/nats-credentials"
        self.own = threading.local()

    def ask(self, url, **query):
        if not hasattr(self.own, "session"):
            self.own.session = requests.Session()
            self.own.session.headers.update({"X-Auth-Token": KEYS["secret_key"], "Accept": "application/json"})
        response = self.own.session.get(url, params=query)
        response.raise_for_status()
        return response.json()

    def get(self):
        require(self.ask(f"{self.url}/{ID}")["id"] == ID)

    def rows(self):
        count, page = 0, 1
        while True:
            answer = self.ask(self.url, page=page, page_size=PAGE)
            count += len(answer["nats_credentials"])
            if count >= answer["total_count"]:
                return count
            page += 1


# --- the figures --------------------------------------------------------------------------------------------------------------------------


def gets(sides):
    costs = {side: [] for side in sides}

    def one_at_a_time(side):
        cpu, begun, count = side.cpu(), time.perf_counter(), 0
        while time.perf_counter() < begun + SECONDS:
            side.get()
            count += 1
        seconds = time.perf_counter() - begun
        costs[side].append((side.cpu() - cpu) / count * 1e6)
        return count / seconds

    def many_at_once(side):
        begun = time.perf_counter()
        count = side.get_many(begun + SECONDS)
        return count / (time.perf_counter() - begun)

    for measure in (one_at_a_time, many_at_once):
        in_turns(sides, 1, measure)
    for cost in costs.values():
        cost.clear()
    rates = in_turns(sides, ROUNDS, one_at_a_time)
    report("credentials.get, one at a time, a second", rates, target=5, ratio=rates[0] / rates[1])
    spent = [median(costs[side]) for side in sides]
    report("credentials.get, one at a time: CPU of it, the caller's too", spent, "µs", ratio=spent[1] / spent[0])
    rates = in_turns(sides, ROUNDS, many_at_once)
    report(f"credentials.get, {AT_ONCE} at a time, a second", rates, target=10, ratio=rates[0] / rates[1])


def listing(sides):
    def rate(side):
        begun = time.perf_counter()
        require(side.rows() == ROWS[REGION])
        return ROWS[REGION] / (time.perf_counter() - begun)

    in_turns(sides, 1, rate)
    rates = in_turns(sides, LIST_ROUNDS, rate)
    report(f"all {ROWS[REGION]:,} rows, {PAGE} a page, rows a second", rates, target=3, ratio=rates[0] / rates[1])


def memory(url):
    """How far the peak rises above that of one get; a stream that is five times as long has the same."""

    def rise(region):
        with Bridge(url) as bridge:
            bridge.get()
            before = bridge.peak_kilobytes()
            require(bridge.rows(region) == ROWS[region])
            return (bridge.peak_kilobytes() - before) / 1024

    rises = in_turns(list(ROWS), MEMORY_ROUNDS, rise)
    for region, mebibytes in zip(ROWS, rises):
        report(f"peak of resident memory, rise by a stream of {ROWS[region]:,} rows", (mebibytes, None, None), "MiB")


if __name__ == "__main__":
    main()
