#!/usr/bin/env python3
"""Holds the program's Scaleway backend against Scaleway's own Python SDK, and against `requests` with kept connections, in one run.

    Tests/run --benchmark

All three ask the same service, service.c, on loopback, so that what is measured is the client's side, with what a caller in Python does for it.
They take turns; figures are medians, and so is the ratio, of the rounds' ratios: a machine that is busy for a while slows all three. Of a rate
and of a cost, it says how many times better the bridge is than the SDK, or, where the figure says so, than `requests`. Then all once more over
TLS, as the real service has it, with a certificate of our own.
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
import trustme

# The SDK has the name of this file, so this folder comes last.
sys.path.append(sys.path.pop(0))

from benchmark import PROGRAM, require  # noqa: E402
from child import Child  # noqa: E402
from report import print_row, save  # noqa: E402
from scaleway import Client  # noqa: E402
from scaleway.mnq.v1beta1 import MnqV1Beta1NatsAPI  # noqa: E402

HERE = Path(__file__).resolve().parent
ROUNDS, SECONDS, LIST_ROUNDS, MEMORY_ROUNDS = 11, 0.3, 7, 3
AT_ONCE, PAGE = 16, 100
ROWS = {"fr-par": 10_000, "nl-ams": 50_000}
REGION = "fr-par"
ID = "9e3779b1-0d5a-4c7e-9b21-000000000000"
# Of nobody: well-formed, as the SDK wants them.
KEYS = {"access_key": "SCWXXXXXXXXXXXXXXXXX", "secret_key": "11111111-1111-4111-8111-111111111111"}
WIDTHS = (52, 12, 12, 12, 7, 8, 7)
CLOCK_TICK = 1 / os.sysconf("SC_CLK_TCK")


def main():
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        # `requests` reads all of the environment for each request, and HOME's .netrc: neither this machine's proxies nor the number of its
        # variables is what is compared.
        path = os.environ.get("PATH", os.defpath)
        os.environ.clear()
        os.environ.update(PATH=path, HOME=folder)
        service = Path(folder) / "service"
        subprocess.run(["cc", "-O2", "-o", service, HERE / "service.c"], check=True, timeout=60)
        command = [str(service), *map(str, ROWS.values())]
        print_row("figure", "the bridge", "SDK", "requests", "ratio", "target", "reached", widths=WIDTHS)
        with Child(command, {}) as service:
            url = f"http://127.0.0.1:{int(service.line())}"
            with Bridge(url) as bridge:
                sides = [bridge, SDK(url), Requests(url)]
                gets(sides)
                listing(sides, sdk=3)
            memory(url)
        with Child([*command, certified(Path(folder))], {}) as service:
            url = f"https://127.0.0.1:{int(service.line())}"
            with Bridge(url) as bridge:
                sides = [bridge, SDK(url), Requests(url)]
                gets(sides, "TLS: ")
                listing(sides, "TLS: ", sdk=10)
    save("scaleway")


def certified(folder):
    """The key and certificate of the service; whose authority it is, each side is told by its own variable."""
    authority, file = trustme.CA(), folder / "service.pem"
    authority.cert_pem.write_to_path(folder / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(file)
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")
    return str(file)


def report(figure, values, unit="", ratio=None, target=None, limit=None):
    """One row. A target is one of the ratio; a limit is one of the bridge's own figure. Without either, the row is for reference."""
    cells = ["-" if value is None else f"{value:,.4g} {unit}" if value < 1000 else f"{value:,.0f} {unit}" for value in values]
    wanted, reached = "-", None
    if target is not None:
        wanted, reached = f">= {target:g}", ratio >= target
    elif limit is not None:
        wanted, reached = f"<= {limit:.2g}", values[0] <= limit
    ratio = "-" if ratio is None else f"{ratio:.1f}"
    print_row(figure, *cells, ratio, wanted, "-" if reached is None else "yes" if reached else "NO", widths=WIDTHS)


def in_turns(sides, rounds, measure):
    """Each side's median, and the median ratios of the first to each other. The first round is the warm-up and does not count."""
    figures = [[measure(side) for side in sides] for _ in range(1 + rounds)][1:]
    ratios = [median(figure[0] / figure[other] for figure in figures) for other in range(1, len(sides))]
    return [median(column) for column in zip(*figures)], ratios


# --- the three sides ----------------------------------------------------------------------------------------------------------------------


class Bridge:
    """The program, driven over its pipes."""

    def __init__(self, url):
        environment = {f"SCW_{name.upper()}": value for name, value in KEYS.items()}
        environment |= {"SCW_API_URL": url, "SCW_DEFAULT_REGION": REGION}
        self.child = Child([PROGRAM], {**os.environ, **environment})
        self.sent = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.__exit__()

    def request(self, method, **params):
        self.sent += 1
        return json.dumps({"jsonrpc": "2.0", "id": self.sent, "method": method, "params": params}).encode() + b"\n"

    def requests(self, count):
        return b"".join(self.request("credentials.get", nats_credentials_id=ID) for _ in range(count))

    def get(self):
        os.write(self.child.input, self.requests(1))
        require(json.loads(self.child.line())["result"]["id"] == ID)

    def get_many(self, end):
        """Keeps so many requests in flight: for each answer that is read goes the next."""
        count, waiting, rest = 0, AT_ONCE, b""
        os.write(self.child.input, self.requests(AT_ONCE))
        while waiting:
            *lines, rest = (rest + self.child.read()).split(b"\n")
            for line in lines:
                require(json.loads(line)["result"]["id"] == ID)
            count += len(lines)
            waiting -= len(lines)
            if lines and time.perf_counter() < end:
                os.write(self.child.input, self.requests(len(lines)))
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
        """Seconds of the program, user and system together."""
        user, system = Path(f"/proc/{self.child.process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) * CLOCK_TICK

    def peak_kilobytes(self):
        return int(re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{self.child.process}/status").read_text(), re.M)[1])


class Threads:
    """A side that is Python, so that as many threads are what it has for many at once. They are kept, and what each has."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(AT_ONCE)

    def get_many(self, end):
        def work(_):
            count = 0
            while time.perf_counter() < end:
                self.get()
                count += 1
            return count

        return sum(self.pool.map(work, range(AT_ONCE)))

    def cpu(self):
        """There is no program but the caller."""
        return 0


class SDK(Threads):
    """As its documentation shows it."""

    def __init__(self, url):
        super().__init__()
        self.api = MnqV1Beta1NatsAPI(Client(**KEYS, default_region=REGION, api_url=url))

    def get(self):
        require(self.api.get_nats_credentials(nats_credentials_id=ID).id == ID)

    def rows(self):
        return len(self.api.list_nats_credentials_all(page_size=PAGE))


class Requests(Threads):
    """The best that is written by hand without much ado: a kept connection for each thread, and the answer as it comes."""

    def __init__(self, url):
        super().__init__()
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


def gets(sides, over=""):
    def one_at_a_time(side):
        count, begun, cpu, own = 0, time.perf_counter(), side.cpu(), time.process_time()
        while time.perf_counter() < begun + SECONDS:
            side.get()
            count += 1
        seconds = time.perf_counter() - begun
        costs[side].append((side.cpu() - cpu, time.process_time() - own, count))
        return count / seconds

    def many_at_once(side):
        begun = time.perf_counter()
        count = side.get_many(begun + SECONDS)
        return count / (time.perf_counter() - begun)

    costs = {side: [] for side in sides}
    rates, ratios = in_turns(sides, ROUNDS, one_at_a_time)
    report(f"{over}credentials.get, one at a time, a second", rates, ratio=ratios[0], target=5)
    # Sums: the system counts a program's time in ticks, of which a round has few.
    sums = [[sum(column) for column in zip(*costs[side][1:])] for side in sides]
    whole = [(program + caller) / count * 1e6 for program, caller, count in sums]
    report("  CPU of one, the caller's included", whole, "µs", ratio=whole[1] / whole[0])
    report("  CPU of one, the bridge's own", (sums[0][0] / sums[0][2] * 1e6, None, None), "µs")
    rates, ratios = in_turns(sides, ROUNDS, many_at_once)
    report(f"{over}credentials.get, {AT_ONCE} at a time, a second", rates, ratio=ratios[0], target=10)


def listing(sides, over="", sdk=None):
    """`sdk` is how many times as fast as the SDK the bridge is to be."""

    def rate(side):
        begun, cpu = time.perf_counter(), side.cpu()
        require(side.rows() == ROWS[REGION])
        costs[side].append(side.cpu() - cpu)
        return ROWS[REGION] / (time.perf_counter() - begun)

    costs = {side: [] for side in sides}
    rates, ratios = in_turns(sides, LIST_ROUNDS, rate)
    report(f"{over}all {ROWS[REGION]:,} rows, {PAGE} a page, rows a second", rates, ratio=ratios[0], target=sdk)
    report("  the same, beside requests", rates, ratio=ratios[1], target=3)
    report("  CPU of a row, the bridge's own", (sum(costs[sides[0]][1:]) / LIST_ROUNDS / ROWS[REGION] * 1e6, None, None), "µs", limit=5)


def memory(url):
    """How far the peak rises above that of one get, each time in a new process. Memory is constant if five times the rows need no more."""

    def rise(region):
        with Bridge(url) as bridge:
            bridge.get()
            before = bridge.peak_kilobytes()
            require(bridge.rows(region) == ROWS[region])
            return (bridge.peak_kilobytes() - before) / 1024

    (few, many), _ = in_turns(list(ROWS), MEMORY_ROUNDS, rise)
    for rows, mebibytes, limit in zip(ROWS.values(), (few, many), (None, few + 0.25)):
        report(f"peak of resident memory, rise by {rows:,} rows", (mebibytes, None, None), "MiB", limit=limit)


if __name__ == "__main__":
    main()
