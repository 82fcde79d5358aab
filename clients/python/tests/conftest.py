"""A folder for the bridge, a port where no nats-server is, and programs that stand in for the bridge."""

import gc
import os
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pytest

from nats_credentials_bridge import AsyncBridge, Bridge, _calls
from nats_credentials_bridge._mailbox import AsyncMailbox, Mailbox

PROGRAM = os.environ["NATS_CREDENTIALS_BRIDGE"]
SOURCE = Path(__file__).parent.parent / "src"
LIMIT = 20.0

# What every stand-in begins with. `serve` answers the library's first question, and gives everything else to the
# test's function.
STAND_IN = """\
import json, os, signal, sys, time
def raw(data):
    os.write(1, data) if len(data) <= 4096 else (sys.stdout.buffer.write(data), sys.stdout.buffer.flush())
def write(**message): raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\\n")
def read():
    line = sys.stdin.buffer.readline()
    return json.loads(line) if line else sys.exit()
def answer(request, result): write(id=request["id"], result=result)
def fail(request, code, kind, **data):
    write(id=request["id"], error={"code": code, "message": "so it is", "data": {"kind": kind, **data}})
def part(request, seq, rows, cursor=None, member="nats_credentials", kind="page"):
    value = {"kind": kind, "seq": seq, member: rows, "total_count": 9, "cursor": cursor}
    write(method="$/progress", params={"token": request["id"], "value": value})
SUMS = {"pages": 1, "items": 1, "total_count": 9, "complete": True, "moved": False, "cursor": None, "region": "local"}
ROW = {"id": "i", "name": "n", "nats_account_id": "A", "region": "local", "credentials": None}
INFO = {"name": "nats-credentials-bridge", "version": "0", "protocol": "1", "limits": {}, "backends": [], "settings":
[],
        "pending_pushes": 0, "warnings": []}
def hello(): answer(read(), INFO)
def serve(handle):
    hello()
    while True: handle(read())
"""


@pytest.fixture
def folder():
    """A folder in memory where there is one, so that thousands of creates take seconds."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    path = Path(tempfile.mkdtemp(dir=memory))
    yield path
    shutil.rmtree(path)


@pytest.fixture
def port():
    """A port at which connections are refused as long as the test runs: nobody listens on it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def environment(folder, port):
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "NATS_URL": f"nats://127.0.0.1:{port}",
        "NATS_CREDENTIALS_BRIDGE": PROGRAM,
        "PYTHONPATH": str(SOURCE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def options(environment):
    """The arguments for Bridge and AsyncBridge."""
    return {"region": "local", "env": environment}


@pytest.fixture
def bridge(options):
    with Bridge(**options) as bridge:
        yield bridge


@pytest.fixture
def stand_in(folder):
    """Makes a program of a text; in it are the functions of STAND_IN."""

    def make(text, name="stand-in"):
        path = folder / name
        path.write_text(f"#!{sys.executable} -SE\n" + STAND_IN + textwrap.dedent(text))
        path.chmod(stat.S_IRWXU)
        return path

    return make


@pytest.fixture
def fake(stand_in):
    """A Bridge to a stand-in."""
    made = []

    def start(text, **options):
        made.append(Bridge(stand_in(text), **options))
        return made[-1]

    yield start
    for bridge in made:
        bridge.close()


@pytest.fixture
def impatient(monkeypatch):
    """No grace; and the time of a call begins when its line was taken to be written, however busy the machine is."""
    monkeypatch.setattr(_calls, "GRACE", {"mutation": 0.0, "read": 0.0, "none": LIMIT})
    for kind in Mailbox, AsyncMailbox:

        def take_when_sent(mailbox, seconds, take=kind.take):
            until_sent(mailbox)
            return take(mailbox, seconds)

        monkeypatch.setattr(kind, "take", take_when_sent)


@pytest.fixture
def async_fake(stand_in):
    """An AsyncBridge to a stand-in; the test closes it."""
    return lambda text, **options: AsyncBridge(stand_in(text), **options)


@pytest.fixture
def recorded(folder):
    """A program that is the real one, with all that goes in and out written down.

    Gives it and a function that reads the lines in.
    """
    path = folder / "recorded"
    path.write_text(f'#!/bin/sh\ntee "{folder}/in" | "{PROGRAM}" "$@" | tee "{folder}/out"\n')
    path.chmod(stat.S_IRWXU)
    return path, lambda: (folder / "in").read_text().splitlines()


@pytest.fixture
def dammed(folder):
    """The real program behind a dam: after the first page of a stream nothing comes out until a cancel has gone in.

    Gives it, and functions that read the lines in and out of the real program.
    """
    path = folder / "dammed"
    path.write_text(f"""#!{sys.executable} -SE
import subprocess, sys, threading
child = subprocess.Popen(["{PROGRAM}", *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
cancelled = threading.Event()
def forward():
    with open("{folder}/in", "ab", 0) as log, child.stdin:
        for line in sys.stdin.buffer:
            log.write(line)
            child.stdin.write(line)
            child.stdin.flush()
            if b"$/cancelRequest" in line: cancelled.set()
    cancelled.set()
threading.Thread(target=forward).start()
with open("{folder}/out", "ab", 0) as log:
    for line in child.stdout:
        log.write(line)
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        if b"$/progress" in line and b'"cursor":null' not in line: cancelled.wait()
""")
    path.chmod(stat.S_IRWXU)
    return path, *(lambda name=name: (folder / name).read_text().splitlines() for name in ("in", "out"))


def pytest_terminal_summary(terminalreporter):
    """What tests have to say beside that they passed; see test_versions."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties if report.when == "call" else ():
            if name == "told":
                terminalreporter.write_line(text)


@pytest.fixture
def no_garbage():
    """No finalizer of earlier tests runs in this one."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class HeldStore:
    """Somebody else writes in the store: changes wait."""

    def __init__(self, folder):
        store = folder / "state" / "nats-credentials-bridge" / "store.db"
        self.connection = sqlite3.connect(store, timeout=LIMIT, isolation_level=None, check_same_thread=False)
        self.connection.execute("BEGIN IMMEDIATE")

    def release(self):
        self.connection.execute("ROLLBACK")
        self.connection.close()


@pytest.fixture
def hold_store(folder):
    """Holds the store from now on; it must exist. Gives an object with release()."""
    held = []

    def hold():
        held.append(HeldStore(folder))
        return held[-1]

    yield hold
    for each in held:
        each.connection.close()


def until(condition, limit=LIMIT):
    """Waits until something holds."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.005)


def under_way(bridge):
    """How many requests have no response yet, those included that were given up."""
    core = bridge._engine.core
    with core._lock:  # What was answered has also been delivered then.
        return len(core._pending)


def until_sent(bridge):
    """Waits until no line of a request waits in the library any more. A mailbox will do for its bridge."""
    until(lambda: all(pending.line is None for pending in bridge._engine.core._pending.copy().values()))


def is_gone(pid):
    """Whether a child of ours has ended and was reaped: a zombie is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def has_ended(pid):
    """The same of a process that is no child of ours: whoever has inherited it may reap it late."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return is_gone(pid)
