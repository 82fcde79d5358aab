#!/usr/bin/env python3
"""What the clients themselves cost: the CPU time of a call and of a row, beside a program in the same language that only has the pipe.

    python3 Tests/Benchmarks/clients.py

The program is $NATS_CREDENTIALS_BRIDGE or the release build in .build. Counted is the time of the client's process, all its threads, user and
system together, but not the program's. The program with the pipe writes a line and reads one, or a stream's lines, and parses each with the
language's own JSON: json.loads, JSON.parse; in bash it parses nothing. They take turns; a figure is the median of the rounds, and a ratio that of
the rounds' ratios.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from driving import Rounds
from report import print_row, report, save

HERE = Path(__file__).resolve().parent
CLIENTS = HERE.parent.parent / "clients"
PROGRAM = os.environ.get("NATS_CREDENTIALS_BRIDGE") or str(HERE.parent.parent / ".build/release/nats-credentials-bridge")
# bash reads a pipe byte by byte, so it lists an account of fewer.
ROWS, FEW, ROUNDS, LIMIT = 10_000, 1_000, 5, 120
# By client: the program that is measured, what it is told for the library, its rows, and the goal for one of them.
MEASURED = {
    "Python, threads": ([sys.executable, str(HERE / "client_costs.py")], "threads", ROWS, 1.5),
    "Python, asyncio": ([sys.executable, str(HERE / "client_costs.py")], "asyncio", ROWS, None),
    "Node": (["node", str(HERE / "client_costs.mjs")], "library", ROWS, None),
    "bash": (["bash", str(HERE / "client_costs.sh")], "library", FEW, None),
}

sys.path.insert(0, str(CLIENTS / "python/src"))
from nats_credentials_bridge import AsyncBridge  # noqa: E402


def main():
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": folder,
            "NATS_URL": "nats://127.0.0.1:1",
            "NATS_CREDENTIALS_BRIDGE": PROGRAM,
            "CLIENTS": str(CLIENTS),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        environment |= asyncio.run(fill(environment))
        print_row("CPU time of a client", "the library", "a bare pipe", "ratio", "target", "reached")
        for client, (command, library, rows, goal) in MEASURED.items():
            runs = {what: lambda what=what: measured([*command, what], environment, rows) for what in (library, "pipe")}
            for run in runs.values():  # For the caches of files.
                run()
            rounds = Rounds(ROUNDS, runs)
            for figure, title in (("ping", "bridge.ping"), ("get", "credentials.get"), ("row", f"a row of a list of {rows:,}")):
                ours, theirs = (rounds.median(what, figure) for what in runs)
                ratio = rounds.ratio(figure, "pipe", library)
                report(f"{client}: {title}", ours, theirs, "µs", ratio=ratio, ratio_target=goal if figure == "row" else None)
    save("clients")


async def fill(environment):
    """Makes the rows in two accounts; gives what the measured programs must know of them."""
    async with AsyncBridge(region="local", env=environment, timeout=LIMIT) as bridge:
        few, many = await bridge.accounts.create(name="few"), await bridge.accounts.create(name="many")
        for account, count in ((few, FEW), (many, ROWS - FEW)):
            for begin in range(0, count, 500):
                names = (f"benchmark-{number}" for number in range(begin, min(begin + 500, count)))
                made = await asyncio.gather(*(bridge.credentials.create(name=name, nats_account_id=account.id) for name in names))
        return {"CREDENTIAL": made[0].id, "FEW": few.id}


def measured(command, environment, rows):
    """What one run of a client took: microseconds by figure."""
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=LIMIT, check=True)
    figures = json.loads(result.stdout)
    if figures.pop("rows") != rows:
        sys.exit(f"{command} did not get all rows: its figures would mean nothing")
    return figures


if __name__ == "__main__":
    main()
