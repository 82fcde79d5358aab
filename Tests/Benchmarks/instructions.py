#!/usr/bin/env python3
"""The guard: counts the instructions of what the program is asked most, and holds them to the figures in instructions.json.

    Tests/run --instructions                   fails if a figure is more than 3 % above the one in the file
    Tests/run --instructions --without NAME    leaves out a figure, or all figures that use a library; may be repeated
    Tests/run --instructions --write           counts, and puts what it found into the file: for a change that is worth it

Times differ from machine to machine and from minute to minute; how many instructions a request takes does not, as long as the libraries and
the compiler are the same. So the file names their versions, and with others the guard fails: what it counts then says nothing about a change
of the program. What is to be left out there is named with --without.
"""

import argparse
import ctypes
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from child import Child
from counting import count, valgrind

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("NATS_CREDENTIALS_BRIDGE") or str(ROOT / ".build/release/nats-credentials-bridge")
FILE, PROFILES = HERE / "instructions.json", ROOT / ".build/instructions"
# In percent of a figure; the spread of one over several runs is below a third of it.
ALLOWED, RUNS = 3, 3
# With so many rows no create that is counted is the first of a new signing key, as every 500th is.
ROWS, PAGE = 1_050, 100
# The row that service.c answers every get with.
ANSWERED = "9e3779b1-0d5a-4c7e-9b21-000000000000"
# What all figures depend on; what only some do stands with them.
ALWAYS = ("Swift", "glibc", "valgrind", "processor")
AGAIN = "Tests/run --instructions --write"


@dataclass(frozen=True)
class Figure:
    """What `many` requests take more than `few`, one after the other or pipelined; where `few` is 0, the whole run. In instructions each,
    or for each of the parts that a request has."""

    what: str
    few: int
    many: int
    line: Callable[["Home", int], bytes]
    pipelined: bool = False
    parts: int = 1
    uses: tuple = field(default=())


def request(number, method, **params):
    message = {"jsonrpc": "2.0", "id": number, "method": method, **({"params": params} if params else {})}
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def ping(_, number):
    return request(number, "bridge.ping")


def get(home, number):
    return request(number, "credentials.get", nats_credentials_id=home.ids[number % ROWS])


def page(_, number):
    return request(number, "credentials.list", page_size=PAGE)


def stream(_, number):
    return request(number, "credentials.stream")


def create(_, number):
    return request(number, "credentials.create", name="counted")


def http_get(_, number):
    return request(number, "credentials.get", region="fr-par", nats_credentials_id=ANSWERED)


def http_page(_, number):
    return request(number, "credentials.list", region="fr-par", page_size=PAGE, page=1 + number % 10)


# No create is counted pipelined: how many are committed together is a matter of time, and so is what each costs.
READS, SIGNS, ASKS = ("SQLite",), ("SQLite", "libcrypto"), ("libcurl",)
FIGURES = {
    "start": Figure("start to the first answer, a ping, and the end", 0, 1, ping),
    "ping": Figure("bridge.ping, pipelined", 1_000, 11_000, ping, pipelined=True),
    "first_get": Figure("start, one local credentials.get, and the end", 0, 1, get, uses=SIGNS),
    "get": Figure("local credentials.get, one in flight", 100, 2_100, get, uses=READS),
    "get_pipelined": Figure("local credentials.get, pipelined", 100, 2_100, get, pipelined=True, uses=READS),
    "list": Figure("local credentials.list, a page of 100", 5, 45, page, uses=READS),
    "stream": Figure("local credentials.stream, a row", 1, 4, stream, parts=ROWS, uses=READS),
    "create": Figure("local credentials.create, one in flight", 10, 110, create, uses=SIGNS),
    "http_get": Figure("credentials.get over HTTP, one in flight", 50, 450, http_get, uses=ASKS),
    "http_page": Figure("credentials.list over HTTP, a page of 100", 5, 45, http_page, uses=ASKS),
}


def main():
    options = arguments()
    kept = json.loads(FILE.read_text()) if FILE.exists() else {"counted_with": {}, "instructions": {}}
    versions = counted_with()
    left_out = [name for name in FIGURES if name in options.without or set(uses(name)) & set(options.without)]
    names = [name for name in FIGURES if name not in left_out]
    differences = different(kept["counted_with"], versions, names)
    if differences and not options.write:
        sys.exit("\n".join(differences))
    counted = measured(names) if names else {}
    lines, failures = judged(kept["instructions"], counted)
    print("\n".join(lines))
    if left_out:
        print("\nLeft out, as asked: " + " ".join(left_out))
    if options.write:
        instructions = {name: round(median(values)) for name, values in counted.items()}
        FILE.write_text(json.dumps({"counted_with": versions, "instructions": instructions}, indent=2) + "\n")
        print(f"\nWritten to {FILE.relative_to(ROOT)}.")
    elif failures:
        sys.exit("\n" + "\n".join(failures))


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/run --instructions", allow_abbrev=False)
    parser.add_argument("--write", action="store_true")
    names = [*FIGURES, *ALWAYS, *{library: None for figure in FIGURES.values() for library in figure.uses}]
    parser.add_argument("--without", action="append", default=[], choices=names, metavar="NAME")
    options = parser.parse_args()
    if options.write and options.without:
        parser.error("--write takes no --without: all figures of the file are of one machine")
    return options


def uses(name):
    return (*ALWAYS, *FIGURES[name].uses)


# --- the judgement ------------------------------------------------------------------------------------------------------------------------


def different(kept, here, names):
    """What these figures depend on and what is not here what it was when they were counted, in words; none if all is the same."""
    wanted = {dependency for name in names for dependency in uses(name)}
    others = [name for name in here if name in wanted and kept.get(name) != here[name]]
    if not others:
        return []
    lines = [f"{name} is {here[name]} here; the figures were counted with {kept.get(name, 'none')}" for name in others]
    without = " ".join(f"--without {name}" for name in others)
    return [*lines, f"With others the counts say nothing. Leave out what depends on it, by name: {without}", f"Or count all anew: {AGAIN}"]


def judged(kept, counted):
    """A table, and the failures in words. `counted` has the values of several runs, of which the median counts."""
    lines = [row("figure", "counted", "in the file", "change", "spread")]
    failures = []
    for name, values in counted.items():
        now, spread = round(median(values)), max(values) / min(values) - 1
        was = kept.get(name)
        if was is None:
            failures.append(f"{name}: stands nowhere in {FILE.name}; {AGAIN} puts it there")
            lines.append(row(name, f"{now:,}", "-", "-", f"{spread:.2%}"))
            continue
        change = now / was - 1
        lines.append(row(name, f"{now:,}", f"{was:,}", f"{change:+.1%}", f"{spread:.2%}"))
        if now * 100 > was * (100 + ALLOWED):
            failures.append(
                f"{name}: {FIGURES[name].what}: {now:,} instructions, {change:.1%} more than the {was:,} of {FILE.name}. "
                f"callgrind_annotate .build/instructions/{name} shows where they go. If that is worth it: {AGAIN}"
            )
        elif now * 100 < was * (100 - ALLOWED):
            lines.append(f"  {-change:.1%} fewer than in the file; {AGAIN} keeps it so")
    return lines, failures


def row(*cells, widths=(18, 14, 14, 9, 8)):
    return "  ".join(cell.ljust(width) if not index else cell.rjust(width) for index, (cell, width) in enumerate(zip(cells, widths)))


# --- what is counted ----------------------------------------------------------------------------------------------------------------------


def counted_with():
    """The versions of what has a part in the count, by name. What cannot be had is an error: a figure without them says nothing."""
    return {
        "Swift": re.search(r"Swift version (\S+)", output("swift", "--version"))[1],
        "glibc": platform.libc_ver()[1],
        "valgrind": output(valgrind(), "--version").strip().removeprefix("valgrind-"),
        # Which of glibc's and libcrypto's ways of doing the same are taken.
        "processor": f"{platform.machine()}, {shown_processor()}",
        "SQLite": version("libsqlite3.so.0", "sqlite3_libversion"),
        "libcrypto": version("libcrypto.so.3", "OpenSSL_version", 0).split()[1],
        "libcurl": version("libcurl.so.4", "curl_version").split()[0].removeprefix("libcurl/"),
    }


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def version(library, function, *values):
    call = getattr(ctypes.CDLL(library), function)
    call.restype = ctypes.c_char_p
    return call(*values).decode()


def shown_processor():
    """The processor that valgrind shows to a program, as the dynamic linker names it: not every feature of the real one."""
    with open("/proc/self/maps") as maps:
        linker = next(line.split()[-1] for line in maps if re.search(r"/ld-linux[^/]*$|/ld-[\d.]+so$", line.rstrip()))
    said = output(valgrind(), "--quiet", "--tool=none", linker, "--help")
    return " ".join(re.findall(r"^  (\S+) \((?:AT_PLATFORM; )?supported, searched\)$", said, re.M))


class Home:
    """The program without debug information, which valgrind cannot read, and with the same name; a store with some rows; and a service."""

    def __init__(self, folder):
        self.folder = folder
        self.program = folder / "program" / Path(PROGRAM).name
        self.program.parent.mkdir()
        subprocess.run(["strip", "-g", "-o", self.program, PROGRAM], check=True, timeout=60)
        subprocess.run(["cc", "-O2", "-o", folder / "service", HERE / "service.c"], check=True, timeout=60)
        self.service = Child([str(folder / "service"), str(ROWS), "1"], {})
        self.url = f"http://127.0.0.1:{int(self.service.line())}"
        self.filled = folder / "filled"
        self.filled.mkdir()
        with Child(self.command(), self.environment(self.filled)) as bridge:
            self.ids = []
            for number in range(ROWS):
                os.write(bridge.input, create(self, number))
                self.ids.append(json.loads(bridge.line())["result"]["id"])
            bridge.end()

    def command(self):
        # Where nobody listens: what a server takes is not counted.
        return [str(self.program), "--region", "local", "--nats-url", "nats://127.0.0.1:9"]

    def environment(self, home):
        """All there is: every variable more is more to read at the start."""
        keys = {"SCW_ACCESS_KEY": "SCWXXXXXXXXXXXXXXXXX", "SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111"}
        return {"HOME": str(home), "SCW_API_URL": self.url, **keys}

    def count(self, name, requests):
        """In a home of its own, so that every run begins with the same."""
        figure = FIGURES[name]
        lines = [figure.line(self, number) for number in range(requests)]
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            shutil.copytree(self.filled, home, dirs_exist_ok=True)
            return count(self.command(), self.environment(home), lines, figure.pipelined, PROFILES / name)


def measured(names):
    """By name, the values of several runs."""
    PROFILES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="instructions-") as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        home = Home(Path(folder))

        def values(name):
            figure = FIGURES[name]
            few = [home.count(name, figure.few) if figure.few else 0 for _ in range(RUNS)]
            many = [home.count(name, figure.many) for _ in range(RUNS)]
            return [(more - less) / (figure.many - figure.few) / figure.parts for less, more in zip(few, many)]

        with home.service:
            return dict(zip(names, pool.map(values, names)))


if __name__ == "__main__":
    main()
