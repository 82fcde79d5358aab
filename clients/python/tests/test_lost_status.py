"""The exit status of the program is told as it was, or as lost: never as 0 where nobody knows."""

import os
import pickle
import signal
import subprocess
import sys

import pytest
from conftest import LIMIT

from nats_credentials_bridge import BridgeDied
from nats_credentials_bridge._program import Program

IGNORED = """
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from nats_credentials_bridge import Bridge, BridgeDied
bridge = Bridge(region="local")
bridge.ping()
os.kill(bridge._engine.pid, signal.SIGKILL)
bridge._engine._program.ended.wait(20)
try:
    bridge.credentials.page()
except BridgeDied as error:
    print(error.returncode, error.signal, error.outcome, error)
bridge.close()
"""
LOST = (
    "the bridge has ended, and its exit status is lost: "
    "SIGCHLD is ignored, or something else has waited for the program"
)


def test_where_sigchld_is_ignored_nobody_knows(environment):
    result = subprocess.run(
        [sys.executable, "-c", IGNORED], env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    assert (result.stdout, result.stderr) == (f"None None none credentials.list: {LOST}\n", "")


@pytest.fixture(params=[True, False], ids=["waitid", "no waitid"])
def run(request, monkeypatch):
    """Starts a shell with a script; macOS has waitid since Python 3.13 only."""
    if not request.param:
        monkeypatch.delattr(os, "waitid")
    started = []

    def run(script):
        started.append(Program(["/bin/sh", "-c", script], None))
        return started[-1]

    yield run
    for program in started:
        program.close_pipes()


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 3", 3), ("kill -KILL $$", -signal.SIGKILL)])
def test_a_status_is_told_as_it_was(run, script, status):
    program, told = run(script), []
    program.watch(lambda: told.append(program.returncode))
    assert (told, program.ended.is_set()) == ([status], True)
    program.reap()
    assert program.returncode == status


def test_where_somebody_else_has_waited_nobody_knows_and_nobody_is_killed(run, monkeypatch):
    program, told = run("exit 3"), []
    os.waitpid(program.pid, 0)
    program.watch(lambda: told.append(program.returncode))
    assert (told, program.ended.is_set()) == ([None], True)
    monkeypatch.setattr(os, "killpg", lambda *_: told.append("killed"))
    program.kill(signal.SIGKILL)
    program.reap()
    assert (told, program.returncode) == ([None], None)


def test_the_error_of_a_lost_status_says_so():
    error = pickle.loads(pickle.dumps(BridgeDied(None, ["the last"], "unknown")))
    assert (error.returncode, error.signal) == (None, None)
    assert str(error).startswith(f"{LOST}; the change may have been made")
