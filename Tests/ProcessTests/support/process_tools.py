"""Helpers for tests of the process itself: plain starts, lines as bytes, a store that somebody else holds, waits that have a limit."""

import contextlib
import json
import os
import select
import sqlite3
import subprocess
import time

from bridge import LIMIT, PROGRAM, clean_environment

PING = b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\n'
PONG = b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
# A mutation without an id is not carried out and draws one warning on stderr: a line of log at will.
WARNS = b'{"jsonrpc":"2.0","method":"accounts.create"}\n'


def request(method, params=None, id=1):
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params or {}}).encode() + b"\n"


def run(home, *arguments, env=None, input=b"", **more):
    """One run from start to exit."""
    streams = {name: more.pop(name, subprocess.PIPE) for name in ("stdout", "stderr")}
    return subprocess.run(
        [PROGRAM, *arguments], input=input, env=clean_environment(home, env), timeout=LIMIT, **streams, **more
    )


def call(home, *arguments, env=None, **more):
    return run(home, "call", *arguments, env=env, **more)


@contextlib.contextmanager
def program(home, *arguments, env=None, **more):
    """A process on descriptors of the caller's choice; gone at the end whatever happens."""
    process = subprocess.Popen([PROGRAM, *arguments], env=clean_environment(home, env), **more)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(LIMIT)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def read_some(descriptor, limit=LIMIT):
    """The next bytes; empty at the end."""
    assert select.select([descriptor], [], [], limit)[0], "nothing came"
    return os.read(descriptor, 1 << 16)


def read_until(descriptor, end, limit=LIMIT):
    """Everything up to and with `end`."""
    deadline, found = time.monotonic() + limit, b""
    while end not in found:
        chunk = read_some(descriptor, max(0, deadline - time.monotonic()))
        assert chunk, "the stream ended early"
        found += chunk
    return found


def read_to_end(descriptor, limit=LIMIT):
    deadline, found = time.monotonic() + limit, b""
    while chunk := read_some(descriptor, max(0, deadline - time.monotonic())):
        found += chunk
    return found


def fill(descriptor):
    """Fills a pipe to the brim; gives the number of bytes. The descriptor is ours alone."""
    os.set_blocking(descriptor, False)
    count = 0
    for size in (4096, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                count += os.write(descriptor, b"x" * size)
    return count


def state_folder(home):
    return home / "state" / "nats-credentials-bridge"


def make_store(home, *arguments):
    """`arguments`: options of the program; nats-server.conf is made to listen where they say that servers are."""
    result = run(home, *arguments, "call", "credentials.list", "region=local")
    assert result.returncode == 0, result.stderr
    gather_store(state_folder(home))


def gather_store(state):
    """Whether a process that ends leaves its last changes in SQLite's log is a matter of moments; after this all are in store.db."""
    with contextlib.closing(sqlite3.connect(state / "store.db", timeout=LIMIT, isolation_level=None)) as store:
        assert store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


@contextlib.contextmanager
def held_store(home, *, against_readers=False):
    """Somebody else writes in the store and does not come to an end: changes wait. `against_readers`: who opens it now waits, too.
    Gives a function that lets go."""
    connection = sqlite3.connect(state_folder(home) / "store.db", timeout=LIMIT, isolation_level=None)
    if against_readers:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN IMMEDIATE")

    def release():
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.close()

    try:
        yield release
    finally:
        with contextlib.suppress(sqlite3.ProgrammingError):
            release()


def credential_ids(home):
    """What a new process lists."""
    result = call(home, "credentials.list", "region=local", "page_size=100")
    assert result.returncode == 0, result.stderr
    return [row["id"] for row in json.loads(result.stdout)["nats_credentials"]]


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def process_status(pid, name):
    """A line of /proc/PID/status, of every thread."""
    values = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as file:
            values[thread] = next(line.split(":", 1)[1].strip() for line in file if line.startswith(name + ":"))
    return values


def wait_until_asleep(pid):
    with select.epoll() as nothing:
        for _ in range(3000):
            states = process_status(pid, "State")
            switches = process_status(pid, "voluntary_ctxt_switches")
            nothing.poll(0.01)
            if all(state.startswith("S") for state in states.values()) and process_status(pid, "voluntary_ctxt_switches") == switches:
                return
    raise AssertionError("the process does not come to rest")


def is_quiet(pid, *outputs):
    """Whether no thread of the process woke for two seconds; nothing may come from it meanwhile."""
    before = process_status(pid, "voluntary_ctxt_switches")
    assert select.select(outputs, [], [], 2)[0] == []
    return process_status(pid, "voluntary_ctxt_switches") == before


def most_memory(bridge):
    """The most bytes of memory that the process ever had resident."""
    with open(f"/proc/{bridge.process.pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:"))
