"""Programs that forget to close, are interrupted, or fork: nothing hangs, and no process is left."""

import contextlib
import fcntl
import gc
import os
import pty
import select
import subprocess
import sys
import termios

import pytest
from conftest import LIMIT, has_ended, is_gone, until, until_sent

from nats_credentials_bridge import Bridge


def run(environment, script, *arguments):
    """One script to its end; what it printed."""
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", script, *arguments]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.split()


FORGETFUL = {
    "nothing": "bridge.ping()",
    "a list in the middle": "rows = iter(bridge.credentials.list(page_size=1)); next(rows)",
    "a thread that waits": """
import threading
threading.Thread(target=lambda: bridge.credentials.create(), daemon=True).start()
""",
    "an end without ceremony": "bridge.ping(); print(bridge._engine.pid, flush=True); import os; os._exit(0)",
    "asyncio": """
import asyncio
from nats_credentials_bridge import AsyncBridge
async def main():
    global bridge
    bridge.close()
    bridge = AsyncBridge(region="local")
    await bridge.ping()
    async for row in bridge.credentials.list(page_size=1): break
asyncio.run(main())
""",
    "a cycle": "bridge.itself = bridge",
}


@pytest.mark.parametrize("text", FORGETFUL.values(), ids=FORGETFUL)
def test_a_script_that_forgets_to_close_ends_by_itself_and_so_does_the_program(environment, text):
    script = f"""
from nats_credentials_bridge import Bridge
bridge = Bridge(region="local")
for _ in range(3): bridge.credentials.create()
{text}
print(bridge._engine.pid)
"""
    (pid,) = run(environment, script)
    until(lambda: has_ended(int(pid)))


def test_a_bridge_that_is_forgotten_is_ended_and_reaped(options):
    bridge = Bridge(**options)
    bridge.ping()
    pid = bridge._engine.pid
    with contextlib.suppress(ResourceWarning):
        del bridge
        gc.collect()
    until(lambda: is_gone(pid))


INTERRUPTED = """
import os, sys
from nats_credentials_bridge import Bridge
with Bridge(region="local") as bridge:
    pid = bridge._engine.pid
    assert os.getpgid(pid) == pid
    bridge.credentials.page()
    store = os.path.join(os.environ["XDG_STATE_HOME"], "nats-credentials-bridge", "store.db")
    import sqlite3
    held = sqlite3.connect(store, isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    try:
        print("ready", flush=True)
        bridge.credentials.create(timeout=60)
    except KeyboardInterrupt:
        held.execute("ROLLBACK")
        bridge.ping()
        print("interrupted", bridge.credentials.page().total_count, flush=True)
print("closed", bridge._engine._program.returncode)
"""


def test_ctrl_c_in_a_terminal_interrupts_the_script_and_not_the_program(environment):
    ours, theirs = pty.openpty()

    def take_terminal():
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    script = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, preexec_fn=take_terminal,
    )  # fmt: skip
    os.close(theirs)
    shown, pressed = b"", False
    with contextlib.suppress(OSError):  # The end of a terminal.
        while select.select([ours], [], [], LIMIT)[0]:
            shown += os.read(ours, 4096)
            if b"ready" in shown and not pressed:
                # While the script waits in create, or a moment before that.
                pressed = bool(os.write(ours, b"\x03"))
    os.close(ours)
    assert script.wait(LIMIT) == 0, shown
    # If the cancel came too late, the credential was made all the same, and that was told.
    assert b"interrupted %d" % (b"exists, and nobody has been told" in shown) in shown
    assert b"closed 0" in shown


def is_waiting(frame):
    """Whether the request is on its way at this step."""
    while frame is not None and frame.f_code.co_name != "take":
        frame = frame.f_back
    return frame is not None


def interrupted_at(step, bridge, is_patient):
    """Creates with a Ctrl-C at a step of the library from sending to the response; whether it went so far.

    One that is patient comes after the request was written, if it is on its way.
    """
    left = step

    def trace(frame, event, _):
        nonlocal left
        is_between = os.path.basename(frame.f_code.co_filename) in ("_mailbox.py", "_engine.py")
        if not is_between or frame.f_code.co_name in ("__exit__", "finish"):
            return None
        if event == "line":
            left -= 1
            if not left:
                sys.settrace(None)
                if is_patient and is_waiting(frame):
                    until_sent(bridge)
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        bridge.credentials.create()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(None)
    return False


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.parametrize("is_patient", [False, True], ids=["at once", "after the request was written"])
def test_ctrl_c_at_any_step_of_a_create_leaves_no_credential_that_nobody_was_told_of(fake, caplog, is_patient):
    bridge = fake("""
        made = []
        def handle(request):
            if request["method"] == "credentials.create":
                made.append(f"made-{len(made)}-")
                secret = {"name": "n", "content": "TOP"}
                answer(request, {**ROW, "id": made[-1], "checksum": "", "credentials": secret})
            elif request["method"] == "made":
                answer(request, made)
        serve(handle)
    """)
    step = 1
    while interrupted_at(step, bridge, is_patient):
        step += 1
    made = bridge.call("made")
    assert step > 8
    assert len(made) > 2 or not is_patient
    # All but the last, which was returned.
    until(lambda: all(f"{name} exists" in caplog.text for name in made[:-1]))
    assert made[-1] not in caplog.text


def test_a_child_made_by_fork_gets_a_clear_error_and_does_no_harm(environment):
    script = """
import os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from nats_credentials_bridge import Bridge, BridgeForked
bridge = Bridge(region="local")
rows = iter(bridge.credentials.list())
for _ in range(3): bridge.credentials.create()
pages = bridge.credentials.list(page_size=1).pages()
next(pages)
out, into = os.pipe()
child = os.fork()
if child == 0:
    os.close(into)
    for call in (bridge.ping, lambda: next(rows), lambda: next(pages)):
        try:
            call()
        except BridgeForked:
            print("forked")
    os.read(out, 1)  # Until the parent has closed its bridge, which must not wait for this process.
    bridge.close()
    with Bridge(region="local") as other:
        print("rows", len(list(other.credentials.list())), flush=True)
    sys.exit()
bridge.ping()
bridge.close()
print("status", bridge._engine._program.returncode)
os.close(into)
print("child", os.waitpid(child, 0)[1])
"""
    words = run(environment, script)
    assert words.count("forked") == 3
    assert " ".join(words).count("rows 3") == 1
    assert "status 0 child 0" in " ".join(words)


def test_a_child_made_by_fork_keeps_the_files_that_were_opened_after_a_bridge_was_closed(environment):
    script = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from nats_credentials_bridge import Bridge
bridge = Bridge(region="local")
bridge.ping()
bridge.close()
files = [os.open("/dev/null", os.O_RDONLY) for _ in range(30)]
child = os.fork()
if child == 0:
    for file in files:
        os.fstat(file)
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
    assert run(environment, script) == ["0"]


def test_multiprocessing_by_fork(environment):
    script = """
import multiprocessing, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from nats_credentials_bridge import Bridge, BridgeForked
bridge = Bridge(region="local")
def work(_):
    try:
        bridge.ping()
    except BridgeForked:
        with Bridge(region="local") as own:
            return own.info().name
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*pool.map(work, range(4)))
bridge.ping()
"""
    assert run(environment, script) == ["nats-credentials-bridge"] * 4
