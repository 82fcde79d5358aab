"""The program is gone, but a process that it left behind holds its pipes: its end counts, not that of the pipes."""

import os
import signal
import stat
import textwrap
import threading
import time

import pytest
from conftest import LIMIT, PROGRAM, has_ended, is_gone, under_way, until, until_sent

from nats_credentials_bridge import Bridge, BridgeDied, Secret

# A child that holds all pipes until its file is gone.
LEAVES_A_CHILD = """
import subprocess
name = sys.argv[0] + ".lives"
open(name, "x").close()
child = subprocess.Popen(["sh", "-c", 'while [ -e "$0" ]; do sleep 0.05; done', name])
hello()
answer(read(), child.pid)
"""


@pytest.fixture
def leaves_a_child(stand_in, folder):
    """Starts stand-ins that have such a child; gives the bridge."""
    bridges, pids = [], []

    def start(text):
        program = stand_in(LEAVES_A_CHILD + textwrap.dedent(text), name=f"program-{len(bridges)}")
        bridges.append(Bridge(program))
        pids.append(bridges[-1].call("child"))
        return bridges[-1]

    yield start
    for bridge in bridges:
        bridge.close()
    for file in folder.glob("*.lives"):
        file.unlink()
    for pid in pids:
        until(lambda pid=pid: has_ended(pid))


def test_its_end_is_noticed_while_a_child_holds_its_pipes(leaves_a_child):
    bridge = leaves_a_child("""
        read()
        os.write(2, b"no more\\n")
        os._exit(3)
    """)
    with pytest.raises(BridgeDied) as caught:
        bridge.credentials.create(timeout=60)
    assert (caught.value.returncode, caught.value.outcome, caught.value.stderr_tail) == (3, "unknown", ("no more",))
    with pytest.raises(BridgeDied):
        bridge.ping()
    bridge.close()
    assert is_gone(bridge._engine.pid)


def seconds_to_notice(bridge):
    """From SIGKILL to the errors of eight callers."""
    errors = []

    def work():
        try:
            bridge.credentials.create(timeout=60)
        except BridgeDied as error:
            errors.append((time.monotonic(), error.signal, error.outcome))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: under_way(bridge) == 8)
    until_sent(bridge)
    begin = time.monotonic()
    os.kill(bridge._engine.pid, signal.SIGKILL)
    for thread in threads:
        thread.join(LIMIT)
    assert [error[1:] for error in errors] == [(signal.SIGKILL, "unknown")] * 8
    return max(when for when, *_ in errors) - begin


def test_kill_fails_every_waiter_within_a_second_all_the_same(leaves_a_child):
    # Other work on the machine can make it slower, never faster: once is enough.
    assert min(seconds_to_notice(leaves_a_child("while True: read()")) for _ in range(3)) < 1


def test_what_it_wrote_before_its_end_is_still_read(leaves_a_child):
    bridge = leaves_a_child("""
        answer(read(), "x" * 60000)
        os._exit(0)
    """)
    assert bridge.call("x") == "x" * 60000
    with pytest.raises(BridgeDied) as caught:
        bridge.ping()
    assert caught.value.returncode == 0


def test_a_child_that_never_stops_writing_delays_nothing(fake, folder):
    flood = folder / "flood"
    flood.touch()
    bridge = fake(f"""
        import subprocess
        hello(); answer(read(), {{}}); read()
        noise = json.dumps({{"jsonrpc": "2.0", "method": "$/progress", "params": {{"token": 0, "value": {{}}}}}})
        loop = 'while [ -e "$0" ]; do echo "$1"; done'
        subprocess.Popen(["sh", "-c", loop, "{flood}", noise], stdin=subprocess.DEVNULL)
        os._exit(3)
    """)
    bridge.ping()
    with pytest.raises(BridgeDied):
        bridge.credentials.create(timeout=60)


def writers():
    return {thread for thread in threading.enumerate() if thread.name == "nats-credentials-bridge writer"}


def test_a_line_that_nobody_reads_is_not_written_on_when_the_program_is_gone(leaves_a_child):
    others = writers()
    bridge = leaves_a_child("time.sleep(1000)")
    errors = []

    def work():
        try:
            bridge.call("x.create", {"x": "more than a pipe holds" * 100_000}, timeout=60)
        except BridgeDied as error:
            errors.append(error.outcome)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: under_way(bridge) == 1)
    until_sent(bridge)
    os.kill(bridge._engine.pid, signal.SIGKILL)
    thread.join(LIMIT)
    assert errors == ["unknown"]
    until(lambda: writers() <= others)


def ping_for_ever(bridge):
    while True:
        bridge.ping()


def test_a_wrapper_that_is_killed_leaves_no_program_behind(folder, options):
    wrapper = folder / "wrapper"
    wrapper.write_text(
        f'#!/bin/sh\nexec 3<&0\n"{PROGRAM}" "$@" <&3 3<&- &\necho $! > "{folder}/pid"\nexec 3<&-\nwait\n'
    )
    wrapper.chmod(stat.S_IRWXU)
    with Bridge(wrapper, **options) as bridge:
        assert isinstance(bridge.credentials.create().credentials.content, Secret)
        os.kill(bridge._engine.pid, signal.SIGKILL)
        with pytest.raises(BridgeDied):
            ping_for_ever(bridge)
    until(lambda: has_ended(int((folder / "pid").read_text())))
