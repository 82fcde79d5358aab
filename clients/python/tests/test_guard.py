"""The guard of a folder: whom it waits for, and that it signals nobody else."""

import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import is_gone, until

from nats_credentials_bridge._guard import Guard


@pytest.fixture
def made(folder):
    """The folder that is guarded."""
    made = folder / "made"
    made.mkdir()
    return made


@pytest.fixture
def user():
    """A process that lives as long as the test."""
    with subprocess.Popen(["sleep", "100"]) as user:
        yield user
        user.kill()


def group_of(guard):
    """The arguments of what runs in its process group; a zombie has none."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) == guard.pid:
                found.append((process / "cmdline").read_bytes().split(b"\0"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_whoever_would_kill_the_program_ends_with_it(made, user):
    guard = Guard(str(made), ["sleep", "101"])
    guard.serve()
    guard.await_user(user.pid)
    until(lambda: [b"sleep", b"101", b""] in group_of(guard))
    ending = threading.Thread(target=guard.end)
    ending.start()
    until(lambda: [b"sleep", b"0.1", b""] in group_of(guard))  # It waits for the user now: the program has ended.
    assert sum(b"nats-credentials-bridge-guard" in arguments for arguments in group_of(guard)) == 1
    user.kill()
    user.wait()
    ending.join()
    assert is_gone(guard.pid)
    assert not made.exists()


def test_only_the_last_user_is_waited_for(made, user):
    guard = Guard(str(made))
    guard.await_user(user.pid)
    with subprocess.Popen(["true"]) as last:
        guard.await_user(last.pid)
    ending = threading.Thread(target=guard.end)
    ending.start()
    until(lambda: not made.exists(), limit=5)
    ending.join()
    assert user.poll() is None


def test_a_folder_that_others_still_write_into_is_removed_again_when_the_guard_was_killed(made, monkeypatch):
    removals = []

    def remove_beside_a_writer(folder, remove=shutil.rmtree, **options):
        remove(folder, **options)
        removals.append(folder)
        if len(removals) < 3:
            made.mkdir()

    monkeypatch.setattr(shutil, "rmtree", remove_beside_a_writer)
    guard = Guard(str(made))
    os.kill(guard.pid, signal.SIGKILL)
    guard.end()
    assert not made.exists()
    guard.end()
    assert len(removals) == 3
