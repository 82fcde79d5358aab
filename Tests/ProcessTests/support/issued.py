"""What tests of new credentials share: what a .creds text holds, whether a saved file is right, and that nothing was left behind."""

import base64
import contextlib
import fcntl
import hashlib
import json
import select
import sqlite3
import stat
import time
from pathlib import Path

import nkeys
from nacl.signing import VerifyKey

from base64url import decoded
from bridge import LIMIT, Bridge, masked
from process_tools import state_folder
from revoking import accepts, is_cut_off, log_in  # noqa: F401 (for whoever has the rest from here)
from secret import Secret

CREATE = "credentials.create"


def secret_of(result):
    """The .creds text of a create's result, wherever it is."""
    return Secret(result["credentials"]["content"] if result["credentials"] else Path(result["saved"]["path"]).read_text())


def local(home, port, *arguments, **more):
    return Bridge(home, "--region", "local", "--nats-url", port.url, *arguments, **more)


def until(holds, limit=LIMIT):
    """Looks again and again, a hundred times a second, until it holds."""
    deadline = time.monotonic() + limit
    with select.epoll() as nothing:
        while not (found := holds()):
            assert time.monotonic() < deadline, "it never came to be"
            nothing.poll(0.01)
    return found


def parts(content):
    """Token and seed of a .creds text."""
    lines = content.splitlines()
    is_whole = lines[0] == "-----BEGIN NATS USER JWT-----" and content.endswith("*\n")
    assert is_whole
    return Secret(lines[1]), Secret(lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1])


def claims(content):
    """What the token says, after everything in the text was proved: the issuer's signature, and that the seed is the user's."""
    token, seed = parts(content)
    header, payload, signature = token.split(".")
    found = json.loads(decoded(payload))
    issuer = base64.b32decode(found["iss"] + "=" * (-len(found["iss"]) % 8))[1:33]
    VerifyKey(issuer).verify(f"{header}.{payload}".encode(), decoded(signature))
    user = nkeys.from_seed(seed.encode()).public_key.decode()
    assert user == found["sub"]
    return found


def saved_right(result):
    """A file of save_to: whole, its owner's alone, what the answer says, and what the answer would have held. Gives its text."""
    assert result["credentials"] is None
    path = Path(result["saved"]["path"])
    content = path.read_bytes()
    assert path.is_absolute() and not path.is_symlink() and stat.filemode(path.stat().st_mode) == "-rw-------"
    assert path.stat().st_nlink == 1
    count, checksum, name = len(content), hashlib.sha1(content).hexdigest(), claims(content.decode())["name"]
    assert result["saved"]["mode"] == "0600" and result["saved"]["bytes"] == count
    assert result["saved"]["checksum"] == result["checksum"] == checksum
    assert name == result["name"][:64]
    return content


def holds(path, text):
    """Whether a file holds a text that is no secret; what it holds instead is not for the test's output."""
    return path.read_text() == text


def save_error(error):
    """Reason and outcome of a save_failed."""
    assert (error["code"], error["data"]["kind"], error["data"]["retryable"]) == (1470, "save_failed", False), error
    return error["data"]["reason"], error["data"]["outcome"]


def create(id=1, **params):
    return {"jsonrpc": "2.0", "id": id, "method": CREATE, "params": params}


def ids(bridge):
    stream = bridge.call("credentials.stream", {"region": "local"})
    assert "result" in stream, masked(stream)
    return [row["id"] for part in bridge.parts for row in part["nats_credentials"]]


def rows(home, sql):
    """What the store holds, read beside whoever works with it."""
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db", timeout=LIMIT)) as store:
        return store.execute(sql).fetchall()


def stored_ids(home):
    return [id for (id,) in rows(home, "SELECT id FROM credentials WHERE state = 'active'")]


@contextlib.contextmanager
def held_after_commit(home):
    """Creates that make an account commit, and then wait for the lock on the files made from the store. Gives a function that lets go.
    The bridge must have opened the store before."""
    with open(state_folder(home) / "files.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(lock, fcntl.LOCK_UN)
