"""Bridge() fails half-way or is interrupted: no process, thread or file of it is left."""

import os
import subprocess
import sys
import threading

import pytest
from conftest import is_gone, until

from nats_credentials_bridge import Bridge

MODULES = ("_sync.py", "_callers.py", "_engine.py", "_threads.py", "_lifetimes.py")


def living_threads():
    return {thread for thread in threading.enumerate() if thread.is_alive()}


def open_files():
    return set(os.listdir("/dev/fd"))


@pytest.fixture
def is_all_gone(monkeypatch):
    """Whether everything is gone that was started since."""
    pids = []

    class Recorded(subprocess.Popen):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            pids.append(self.pid)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    threads, files = living_threads(), open_files()
    yield lambda: all(map(is_gone, pids)) and living_threads() <= threads and open_files() <= files
    assert pids


THREADS = pytest.mark.parametrize("name", ["stderr", "watcher", "reader", "writer"])


@THREADS
def test_a_thread_cannot_be_started(options, is_all_gone, monkeypatch, name):
    start = threading.Thread.start

    def start_or_fail(thread):
        if thread.name == f"nats-credentials-bridge {name}":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_or_fail)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        Bridge(**options)
    until(is_all_gone)


@THREADS
def test_ctrl_c_when_a_thread_runs_and_its_start_has_not_returned(options, is_all_gone, monkeypatch, name):
    start = threading.Thread.start

    def start_and_interrupt(thread):
        start(thread)
        if thread.name == f"nats-credentials-bridge {name}":
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        Bridge(**options)
    until(is_all_gone)


def interrupted_at(step, options):
    """Makes a Bridge with a Ctrl-C at a step of that; whether it went so far."""
    left = step

    def trace(frame, event, _):
        nonlocal left
        if os.path.basename(frame.f_code.co_filename) not in MODULES:
            return None
        if event == "line":
            left -= 1
            if not left:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        bridge = Bridge(**options)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    bridge.close()
    return False


# A pipe that was just opened is closed by Python itself, which warns of that.
@pytest.mark.usefixtures("no_garbage")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_ctrl_c_at_any_step_of_a_start(options, is_all_gone):
    step = 1
    while interrupted_at(step, options):
        until(is_all_gone)
        step += 1
    assert step > 30
    until(is_all_gone)
