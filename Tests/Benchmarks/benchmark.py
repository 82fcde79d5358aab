#!/usr/bin/env python3
"""Holds the program's speed against that of the smallest C program that could do the wire's part, in one run, and prints one table.

    python3 Tests/Benchmarks/benchmark.py

The program is $NATS_CREDENTIALS_BRIDGE or the release build in .build. Runs of both take turns; figures are medians.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from child import Child

HERE = Path(__file__).resolve().parent
PROGRAM = os.environ.get("NATS_CREDENTIALS_BRIDGE") or str(HERE.parent.parent / ".build/release/nats-credentials-bridge")
PIPELINED, ROUND_TRIPS, STARTS, ROUNDS = 200_000, 4_000, 60, 5
CREATES, GETS, ROWS = 500, 5_000, 10_000


def main():
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        folder = Path(folder)
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
        subprocess.run(["cc", "-O2", "-o", folder / "echo_lines", HERE / "echo_lines.c"], check=True, timeout=60)
        both = [[PROGRAM], [str(folder / "echo_lines")]]
        print_row("figure", "ours", "theirs", "ratio", "target", "reached")
        for figure in (pipelined, one_in_flight, start, resident, idle):
            figure(both, environment)
        credentials(environment)


def print_row(*cells, widths=(52, 14, 14, 7, 10, 7)):
    print("  ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)).rstrip(), flush=True)


def report(figure, ours, theirs=None, unit="", ratio_target=None, target=None):
    """One row. A target is a ratio, a figure of ours, or absent: then the row is for reference."""
    ratio = ours / theirs if theirs else None
    measured, limit = (ratio, ratio_target) if ratio_target is not None else (ours, target)
    print_row(
        figure,
        f"{ours:,.4g} {unit}" if ours < 1000 else f"{ours:,.0f} {unit}",
        "-" if theirs is None else f"{theirs:,.4g} {unit}",
        "-" if ratio is None else f"{ratio:.2f}",
        "-" if limit is None else f"<= {limit:g}" + ("" if ratio_target is not None else f" {unit}"),
        "-" if limit is None else "yes" if measured <= limit else "NO",
    )


def in_turns(commands, rounds, measure):
    """ABAB…: the median of each command's figures."""
    figures = [[measure(command) for command in commands] for _ in range(rounds)]
    return [median(column) for column in zip(*figures)]


def ping(number):
    return b'{"jsonrpc":"2.0","id":%d,"method":"bridge.ping"}\n' % number


def pong(number):
    return b'{"jsonrpc":"2.0","id":%d,"result":{}}\n' % number


def pipelined(both, environment):
    requests = b"".join(map(ping, range(PIPELINED)))
    answers = b"".join(map(pong, range(PIPELINED)))

    def cpu(command):
        with Child(command, environment) as child:
            writer = threading.Thread(target=write_all, args=(child, requests))
            writer.start()
            chunks, missing = [], len(answers)
            while missing > 0:
                chunks.append(child.read())
                missing -= len(chunks[-1]) or missing
            writer.join()
            require(b"".join(chunks) == answers)
            return child.end() / PIPELINED * 1e6

    report(f"bridge.ping, {PIPELINED:,} pipelined: CPU a request", *in_turns(both, ROUNDS, cpu), "µs", ratio_target=3)


def write_all(child, data):
    view = memoryview(data)
    while view:
        view = view[os.write(child.input, view[: 1 << 16]) :]


def require(condition):
    if not condition:
        sys.exit("a measured program did not answer as it should: its figures would mean nothing")


def one_in_flight(both, environment):
    clock, write, read = time.perf_counter, os.write, os.read

    def latency(command):
        with Child(command, environment, ping(0)) as child:
            require(child.line() + b"\n" == pong(0))
            times = []
            for number in range(ROUND_TRIPS):
                request = ping(number)
                begun = clock()
                write(child.input, request)
                answer = read(child.output, 4096)
                times.append(clock() - begun)
                require(answer == pong(number))
            child.end()
            return median(times) * 1e6

    figure = f"bridge.ping, one in flight, {ROUND_TRIPS * ROUNDS:,}: median latency"
    report(figure, *in_turns(both, ROUNDS, latency), "µs", ratio_target=1.5)


def start(both, environment):
    def first_answer(command):
        if command[0] == sys.executable:
            begun = time.perf_counter()
            with Child(command, environment) as child:
                child.end()
                return (time.perf_counter() - begun) * 1e3
        with Child(command, environment, ping(1)) as child:
            require(child.line() + b"\n" == pong(1))
            taken = (time.perf_counter() - child.started) * 1e3
            child.end()
            return taken

    ours, echo, python = in_turns([*both, [sys.executable, "-c", "pass"]], STARTS, first_answer)
    report("start to first answer", ours, echo, "ms", target=3)
    report("start to first answer, beside python3 -c pass", ours, python, "ms")


def resident(both, environment):
    def mebibytes(command):
        with Child(command, environment, ping(1)) as child:
            require(child.line() + b"\n" == pong(1))
            return child.resident_kilobytes() / 1024

    report("resident memory after the first answer", *in_turns(both, ROUNDS, mebibytes), "MiB", target=8)


def idle(both, environment):
    children = [Child(command, environment, ping(1)) for command in both]
    for child in children:
        require(child.line() + b"\n" == pong(1))
    # The thread that wrote the answer goes to sleep after it; what is measured begins when nothing has moved for a while.
    time.sleep(0.2)
    before = [child.wake_ups() for child in children]
    time.sleep(2)
    figures = [child.wake_ups() - count for child, count in zip(children, before)]
    for child in children:
        child.end()
        child.__exit__()
    report("wake-ups in 2 s of silence", *figures, target=0)


def credentials(environment):
    """For reference: what the embedded backend does on this disk. A create is a commit with its syncs."""
    with Child([PROGRAM], environment) as child:
        ids = []
        report("credentials.create, one in flight, a second", per_second(CREATES, lambda _: ids.append(create(child)["id"])))
        get = "credentials.get"
        report(f"{get}, one in flight, a second", per_second(GETS, lambda n: call(child, get, nats_credentials_id=ids[n % CREATES])))
        fill(child, ROWS - CREATES)
        rows, seconds = stream(child)
        require(rows == ROWS)
        report(f"credentials.stream over {ROWS:,} rows, rows a second", rows / seconds)
        child.end()


def per_second(count, work):
    begun = time.perf_counter()
    for number in range(count):
        work(number)
    return count / (time.perf_counter() - begun)


def request(method, **params):
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode() + b"\n"


def call(child, method, **params):
    os.write(child.input, request(method, region="local", **params))
    answer = json.loads(child.line())
    require("result" in answer)
    return answer["result"]


def create(child):
    return call(child, "credentials.create", name="benchmark")


def fill(child, count):
    lines = b"".join(
        request("credentials.create", region="local", name="benchmark").replace(b'"id": 1', b'"id": %d' % n) for n in range(count)
    )
    writer = threading.Thread(target=write_all, args=(child, lines))
    writer.start()
    for _ in range(count):
        require(b'"error":' not in child.line())
    writer.join()


def stream(child):
    begun = time.perf_counter()
    os.write(child.input, request("credentials.stream", region="local"))
    while True:
        line = child.line()
        if b'"method":"$/progress"' not in line:
            return json.loads(line)["result"]["items"], time.perf_counter() - begun


if __name__ == "__main__":
    main()
