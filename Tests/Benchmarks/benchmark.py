#!/usr/bin/env python3
"""Holds the program's speed against that of small programs that do the same, in one run, and prints one table.

    Tests/run --benchmark                        all parts, and the other benchmarks
    python3 Tests/Benchmarks/benchmark.py PART…  some of: ping start local http

The program is $NATS_CREDENTIALS_BRIDGE or the release build in .build; with $BEFORE, an older build, it is also held against that. All of them
take turns; figures are medians, and ratios are those of the rounds. The small programs are in `peers`.
"""

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from child import Child
from driving import Driver, Rounds
from peers import NAMES, http, pings, store
from report import HEADER, ROOT, print_row, report, save

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ.get("NATS_CREDENTIALS_BRIDGE") or str(ROOT / ".build/release/nats-credentials-bridge")
BEFORE = os.environ.get("BEFORE")
ROUNDS, STARTS = 7, 31
PIPELINED, ROUND_TRIPS, GETS, PAGES, CREATES, STREAMS, ROWS, PROCESSES = 200_000, 5_000, 20_000, 300, 400, 10, 10_000, 8
LOCAL = ["--region", "local", "--nats-url", "nats://127.0.0.1:9"]
MEBIBYTE = 1024
instructions = json.loads((HERE / "instructions.json").read_text())["instructions"]


def main():
    parts = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        sys.exit(f"{unknown[0]} is none of {' '.join(PARTS)}")
    print_row(*HEADER)
    data = {}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        bench = Bench(Path(folder))
        for part in parts:
            data[part] = PARTS[part](bench)
    if len(parts) == len(PARTS):
        save("benchmark", **data)
    if bench.missing:
        print("\nLeft out, so not everything is measured: " + "; ".join(bench.missing))


class Bench:
    """What the parts share: a folder, what drives, and the programs that answer pings."""

    def __init__(self, folder):
        self.folder = folder
        self.driver = Driver(folder)
        self.environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
        peers, self.missing = pings(folder)
        commands = {"bridge": [PROGRAM], **peers}
        self.commands = {name: commands[name] for name in NAMES if name in commands}

    def rounds(self, count, commands, lines, window=1, warm=0, environment=None):
        file = self.driver.file(lines)
        return Rounds(
            count,
            {
                name: lambda command=command: self.driver.run(command, environment or self.environment, file, window, warm)
                for name, command in commands.items()
            },
        )


def require(condition):
    if not condition:
        sys.exit("a measured program did not answer as it should: its figures would mean nothing")


def request(method, number=1, **params):
    message = {"jsonrpc": "2.0", "id": number, "method": method, **({"params": params} if params else {})}
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def requests(count, method, **params):
    return [request(method, number, **params) for number in range(count)]


def call(child, method, **params):
    os.write(child.input, request(method, region="local", **params))
    answer = json.loads(child.line())
    require("result" in answer)
    return answer["result"]


# --- the wire -----------------------------------------------------------------------------------------------------------------------------


def ping(bench):
    """Gives by program what the picture shows."""
    warm = 1_000
    many = bench.rounds(ROUNDS, bench.commands, requests(1 + warm + PIPELINED, "bridge.ping"), 0, warm)
    one = bench.rounds(ROUNDS, bench.commands, requests(1 + warm + ROUND_TRIPS, "bridge.ping"), 1, warm)
    require(len({many.median(name, "bytes") for name in bench.commands}) == 1)
    report("bridge.ping: instructions, as in instructions.json", instructions["ping"], target=1_600)
    figure = f"bridge.ping, {PIPELINED:,} pipelined: CPU of one"
    against(figure, many, "cost", "c", 2.3)
    against(figure, many, "cost", "rust", 1.1)
    figure = "bridge.ping, one in flight:"
    against(f"{figure} median latency", one, "p50", "c", 1.3)
    against(f"{figure} latency that 1 of 100 exceeds", one, "p99", "c", 1.6)
    against(f"{figure} CPU of one", one, "cost", "c", 1.65)
    for name in [name for name in bench.commands if name != "bridge"]:
        against("bridge.ping, pipelined: a second", many, "rate", name, None, 1, "")
    return {
        name: {"rate": many.median(name, "rate"), "p50": one.median(name, "p50"), "p99": one.median(name, "p99")} for name in bench.commands
    }


def against(figure, rounds, kind, other, target=None, scale=1e6, unit="µs"):
    """A row: the bridge beside another program, which may be missing."""
    if other in rounds.figures:
        ours, theirs = (rounds.median(name, kind) * scale for name in ("bridge", other))
        report(f"{figure}, beside {NAMES.get(other, other)}", ours, theirs, unit, ratio_target=target, ratio=rounds.ratio(kind, other))


def start(bench):
    commands = dict(bench.commands)
    if BEFORE:
        commands["the build before"] = [BEFORE]
    rounds = bench.rounds(STARTS, commands, requests(1, "bridge.ping"))
    against("start to first answer", rounds, "start", "c", 2.8, 1e3, "ms")
    report("start to first answer", rounds.median("bridge", "start") * 1e3, unit="ms", target=2)
    against("start to first answer", rounds, "start", "the build before", None, 1e3, "ms")
    report("resident memory after the first answer", rounds.median("bridge", "resident") / MEBIBYTE, unit="MiB", target=7.2)
    idle(bench.environment)
    first_get(bench)
    return {name: {figure: rounds.median(name, figure) for figure in ("start", "resident")} for name in bench.commands}


def idle(environment):
    with Child([PROGRAM], environment, request("bridge.ping")) as child:
        require(b'"result"' in child.line())
        # The thread that wrote the answer goes to sleep after it; what is measured begins when nothing has moved for a while.
        time.sleep(0.2)
        before = child.wake_ups()
        time.sleep(2)
        report("wake-ups in 2 s of silence", child.wake_ups() - before, target=0)
        child.end()


def first_get(bench):
    home = Home(bench, "first", 100)
    rounds = bench.rounds(STARTS, {"bridge": home.bridge}, [home.get(0, 0)], environment=home.environment)
    report("start to the answer of a local credentials.get", rounds.median("bridge", "start") * 1e3, unit="ms", target=4.5)
    report("resident memory after it", rounds.median("bridge", "resident") / MEBIBYTE, unit="MiB", target=10.5)


# --- the region local ---------------------------------------------------------------------------------------------------------------------


class Home:
    """A store with some rows, of a program that has the methods of the region local."""

    def __init__(self, bench, name, rows, program=PROGRAM):
        folder = bench.folder / name
        folder.mkdir()
        self.environment = {**bench.environment, "HOME": str(folder)}
        self.bridge = [program, *LOCAL] if program != "c" else [store(bench.folder), str(folder / "store.db")]
        bench.driver.run(self.bridge, self.environment, bench.driver.file(creates(rows)), window=0)
        with Child(self.bridge, self.environment) as child:
            self.page = call(child, "credentials.list", page_size=100)["nats_credentials"]
            child.end()
        require(len(self.page) == 100)

    def get(self, number, row):
        return request("credentials.get", number, region="local", nats_credentials_id=self.page[row % 100]["id"])


def creates(count):
    return [request("credentials.create", number, region="local", name=f"benchmark {number}") for number in range(count)]


def local(bench):
    """Beside a C program with SQLite, which has a store of its own with as many rows."""
    homes = {"bridge": Home(bench, "bridge", ROWS), "C with SQLite": Home(bench, "c", ROWS, "c")}
    if BEFORE:
        homes["the build before"] = Home(bench, "before", ROWS, BEFORE)

    def rounds(count, lines, window, warm):
        """Each is asked in its own words: ids differ."""
        files = {name: bench.driver.file(lines(home)) for name, home in homes.items()}
        return Rounds(
            count,
            {name: lambda n=name, h=home: bench.driver.run(h.bridge, h.environment, files[n], window, warm) for name, home in homes.items()},
        )

    def all_against(figure, found, kind, target=None, scale=1e6, unit="µs"):
        against(figure, found, kind, "C with SQLite", target, scale, unit)
        against(figure, found, kind, "the build before", None, scale, unit)

    warm = 200
    many = rounds(ROUNDS, lambda home: [home.get(number, number) for number in range(1 + warm + GETS)], 0, warm)
    one = rounds(ROUNDS, lambda home: [home.get(number, number) for number in range(1 + warm + ROUND_TRIPS)], 1, warm)
    get, create = "local credentials.get", "local credentials.create"
    all_against(f"{get}, pipelined: CPU of one", many, "cost", 2)
    report(f"{get}, pipelined: a second", many.median("bridge", "rate"), least=120_000)
    against(f"{get}, one in flight: median latency", one, "p50", "C with SQLite")
    against(f"{get}, one in flight: median latency", one, "p50", "the build before", 0.3)
    report(f"{get}, one in flight: CPU of one", one.median("bridge", "cost") * 1e6, unit="µs", target=20)
    at_once(bench, homes["bridge"])

    pages = rounds(ROUNDS, lambda _: requests(1 + 10 + PAGES, "credentials.list", region="local", page_size=100), 1, 10)
    all_against("local credentials.list, a page of 100: CPU", pages, "cost", 1.5)
    ours, dumps = pages.median("bridge", "cost") * 1e6, dumped(homes["bridge"].page) * 1e6
    report("local credentials.list, a page of 100: CPU, beside Python's json.dumps of it", ours, dumps, "µs", ratio_target=1)

    streams = rounds(ROUNDS, lambda _: requests(1 + 1 + STREAMS, "credentials.stream", region="local"), 1, 1)
    for name in streams.figures:
        for found in streams.figures[name]:
            found["megabytes"] = found["bytes"] / found["processor"] / 1e6
    report("local credentials.stream: MB in a second of CPU", streams.median("bridge", "megabytes"), unit="MB", least=400)
    all_against(f"local credentials.stream of {ROWS:,} rows: MB in a second of CPU", streams, "megabytes", None, 1, "MB")

    one = rounds(ROUNDS, lambda _: creates(1 + 10 + CREATES // 4), 1, 10)
    many = rounds(ROUNDS, lambda _: creates(1 + 10 + CREATES), 0, 10)
    all_against(f"{create}, one in flight: CPU of one", one, "cost", 1.5)
    all_against(f"{create}, one in flight: a second", one, "rate", None, 1, "")
    all_against(f"{create}, pipelined: CPU of one", many, "cost", 1.6)
    rate, before = many.median("bridge", "rate"), many.median("the build before", "rate") if BEFORE else None
    report(f"{create}, pipelined: a second, beside C with SQLite", rate, many.median("C with SQLite", "rate"))
    if BEFORE:
        report(f"{create}, pipelined: a second, beside the build before", rate, before, least=4 * before)
    eight_processes(bench, homes)


def at_once(bench, home):
    """What waits must not make what is answered dearer."""
    file = bench.driver.file([home.get(number, number) for number in range(1 + 2_000 + GETS)])
    windows = {"bridge": 2_000, "64 at once": 64}
    run = bench.driver.run
    found = Rounds(
        ROUNDS, {name: lambda window=window: run(home.bridge, home.environment, file, window, 2_000) for name, window in windows.items()}
    )
    against("local credentials.get, 2,000 at once: CPU of one", found, "cost", "64 at once", 1.1)


def eight_processes(bench, homes):
    """Several bridges share a store; all run on one processor."""
    for method, least in (("get", 3), ("create", 2)):

        def rate(home, method=method):
            lines = [home.get(number, number) for number in range(1 + 20 + 1_000)] if method == "get" else creates(1 + 5 + 50)
            file, warm = bench.driver.file(lines), 20 if method == "get" else 5
            with ThreadPoolExecutor(PROCESSES) as pool:
                runs = pool.map(lambda _: bench.driver.run(home.bridge, home.environment, file, 16, warm), range(PROCESSES))
                return {"rate": sum(found["rate"] for found in runs)}

        names = [name for name in homes if name != "C with SQLite"]
        found = Rounds(3, {name: lambda home=homes[name]: rate(home) for name in names})
        before = found.median("the build before", "rate") if BEFORE else None
        figure = f"local credentials.{method}, {PROCESSES} processes on one store: a second" + (", beside the build before" if BEFORE else "")
        report(figure, found.median("bridge", "rate"), before, least=least * before if BEFORE else None)


def dumped(page):
    """Seconds of CPU that Python's own encoder, which is written in C, needs for the same rows."""
    encode, taken = json.JSONEncoder(separators=(",", ":")).encode, []
    for _ in range(200):
        begun = time.process_time()
        encode(page)
        taken.append(time.process_time() - begun)
    return sorted(taken)[len(taken) // 2]


# --- HTTP ---------------------------------------------------------------------------------------------------------------------------------

ANSWERED = "9e3779b1-0d5a-4c7e-9b21-000000000000"


def over_http(bench):
    """Beside libcurl alone; both ask service.c on loopback."""
    from scaleway_service import service

    with service(bench.folder, ROWS) as url:
        program = http(bench.folder)
        keys = {"SCW_ACCESS_KEY": "SCWXXXXXXXXXXXXXXXXX", "SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111", "SCW_API_URL": url}
        environment = {**bench.environment, **keys}
        target = f"{url}/mnq/v1beta1/regions/fr-par/nats-credentials/{ANSWERED}"
        lines = requests(1 + 200 + ROUND_TRIPS, "credentials.get", region="fr-par", nats_credentials_id=ANSWERED)
        easy = {"bridge": [PROGRAM], "libcurl easy": [program, "easy", target]}
        multi = {"bridge": [PROGRAM], "libcurl multi": [program, "multi", target]}
        many = bench.rounds(ROUNDS, multi, lines, 16, 200, environment)
        one = bench.rounds(ROUNDS, easy, lines, 1, 200, environment)
        streams = requests(2 + STREAMS, "credentials.stream", region="fr-par", page_size=100)
        rows = bench.rounds(3, {"bridge": [PROGRAM]}, streams, 1, 1, environment)
    get = "credentials.get over HTTP"
    against(f"{get}, 16 at a time: CPU of one", many, "cost", "libcurl multi", 2.2)
    against(f"{get}, one in flight: CPU of one", one, "cost", "libcurl easy", 3)
    against(f"{get}, one in flight: median latency", one, "p50", "libcurl easy")
    report(f"credentials.stream over HTTP, {ROWS:,} rows: CPU of a row", rows.median("bridge", "cost") / ROWS * 1e6, unit="µs", target=5)
    report("credentials.list over HTTP, a page of 100: instructions, as there", instructions["http_page"], target=2_600_000)


PARTS = {"ping": ping, "start": start, "local": local, "http": over_http}

if __name__ == "__main__":
    main()
