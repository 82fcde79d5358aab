"""kill -9 at any step of a create, then a fresh start: every answered create is listed exactly once, and everything goes on.

strace kills the process at its Nth system call of one kind, for N = 1, 2, … until it lives to the end. The kinds are those with which
something outside the process changes."""

import base64
import hashlib
import json
import shutil
import sqlite3

import pytest

from issued import local
from revoking import listed
from traced import traced

# Every kind, and how far one point is from the next.
KINDS = {
    "mkdir": 1, "openat": 1, "fcntl": 4, "flock": 1, "ftruncate": 1, "pwrite64": 1, "write": 1, "fdatasync": 1, "fsync": 1, "renameat": 1,
    "linkat": 1, "unlinkat": 1,
}
KINDS_OF_A_KEY = {"pwrite64": 3, "write": 1, "fdatasync": 1, "fsync": 1, "renameat": 1, "unlinkat": 1, "flock": 1}
MOST = 400
STATE = "state/nats-credentials-bridge"


@pytest.fixture(scope="module")
def homes(tmp_path_factory, port):
    """Homes to begin with: nothing; three credentials in a store whose process was killed; a signing key that has served its share."""
    folder = tmp_path_factory.mktemp("homes")
    for name, count in {"fresh": 0, "killed": 3, "full key": 500}.items():
        home = folder / name
        home.mkdir()
        if count:
            with local(home, port) as bridge:
                for _ in range(count):
                    bridge.result("credentials.create", {"name": "before"})
                if name != "killed":
                    assert bridge.end()[0] == 0
    assert (folder / "killed" / STATE / "store.db-wal").stat().st_size > 0
    return folder


@pytest.mark.parametrize("kind", [*KINDS, "unlink"])
def test_a_kill_in_the_first_creates_of_a_fresh_folder(kind, homes, home, port):
    at_every_step(kind, homes / "fresh", home, port, before=0, every=KINDS.get(kind, 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_in_a_store_that_was_killed_before(kind, homes, home, port):
    at_every_step(kind, homes / "killed", home, port, before=3)


@pytest.mark.parametrize("kind", KINDS_OF_A_KEY)
def test_a_kill_while_the_next_signing_key_is_made(kind, homes, home, port):
    at_every_step(kind, homes / "full key", home, port, before=500, every=KINDS_OF_A_KEY[kind])


def at_every_step(kind, template, home, port, before, every=None):
    """Ends when a run lives to its end; the first one must not, or `kind` is not a step of this at all."""
    for number in range(1, MOST, every or KINDS[kind]):
        place = home / str(number)
        shutil.copytree(template, place)
        answered, was_killed = create_until_killed(place, kind, number, port)
        look_again(place, port, answered, before)
        shutil.rmtree(place)
        if not was_killed:
            assert len(answered) == 2 and number > 1
            return
    raise AssertionError("the run never lived to its end")


def create_until_killed(home, kind, number, port):
    """Two creates, one after the other, the second into a file; those that were answered, and whether the process was killed."""
    answered = []
    # The configuration is changed too, where there is one already.
    arguments = ["--nats-url", port.url, "--listen", f"127.0.0.1:{port.number - 1}"]
    with traced(home, kind, f"signal=KILL:when={number}", *arguments) as bridge:
        for params in ({"name": "shown"}, {"name": "saved", "save_to": str(home / "saved.creds")}):
            try:
                bridge.send({"jsonrpc": "2.0", "id": 1, "method": "credentials.create", "params": params})
                message = bridge.message()
            except BrokenPipeError:
                break
            if message is None:
                break
            answered.append(message["result"])
        status = end(bridge)
    assert status in (0, -9)
    return answered, status != 0


def end(bridge):
    try:
        return bridge.end()[0]
    except BrokenPipeError:
        return bridge.process.wait(10)


def look_again(home, port, answered, before):
    with local(home, port) as bridge:
        first = list(listed(bridge))
        after = bridge.result("credentials.create", {"name": "after"})
        last = list(listed(bridge))
        assert bridge.end()[0] == 0
    ids = {row["id"] for row in answered}
    assert ids <= set(first), "an answered create is lost"
    assert len(first) - before - len(ids) in (0, 1), "more was made than was asked for"
    assert last == first + [after["id"]]
    assert all(is_saved(row) for row in answered if "saved" in row)
    files_are_right(home / STATE)


def is_saved(row):
    with open(row["saved"]["path"], "rb") as file:
        return hashlib.sha1(file.read()).hexdigest() == row["checksum"]


def files_are_right(state):
    """A server that starts now finds whole files, with the newest claims of each account; nothing half-written is left."""
    names = {path.name for path in state.rglob("*") if path.is_file()}
    assert not [name for name in names if name.endswith(".tmp")]
    assert {"operator.jwt", "nats-server.conf", "store.db"} <= names
    store = sqlite3.connect(state / "store.db")
    accounts = [account for (account,) in store.execute("SELECT id FROM accounts")]
    assert len(accounts) == 1
    keys = {key for (key,) in store.execute("SELECT public_key FROM signing_keys")}
    assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    store.close()
    payload = (state / "resolver" / f"{accounts[0]}.jwt").read_text().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert set(claims["nats"]["signing_keys"]) == keys
