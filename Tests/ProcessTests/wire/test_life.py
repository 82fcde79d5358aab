"""How the process begins, rests and ends: silent, without a timer, and at the end of input only after every answer."""

import os
import select
import signal
import socket
import subprocess
import sys

import pytest

from bridge import LIMIT, PROGRAM, Bridge, clean_environment
from process_tools import (
    PING, PONG, credential_ids, files_below, held_store, is_quiet, make_store, process_status, program, read_until, request, run,
    wait_until_asleep,
)  # fmt: skip


def test_it_starts_silently_makes_no_file_and_asks_no_server(home):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"nats://127.0.0.1:{server.getsockname()[1]}"
        with Bridge(home, env={"NATS_URL": url}) as bridge:
            assert bridge.result("bridge.ping") == {}
            assert "limits" in bridge.result("bridge.info")
            assert bridge.end() == (0, b"", b"")
        assert select.select([server], [], [], 0)[0] == []
    assert files_below(home) == []


def test_a_bad_configuration_is_an_answer_and_no_exit(home):
    with Bridge(home, env={"NATS_URL": "no address at all", "SCW_DEFAULT_REGION": "???"}) as bridge:
        assert bridge.result("bridge.ping") == {}
        for params in ({}, {"region": "local"}):
            assert bridge.error("credentials.list", params)["data"]["kind"] == "not_configured"
        assert bridge.result("bridge.ping") == {}
        assert bridge.end()[0] == 0


def test_a_missing_place_for_the_store_is_an_answer(home):
    environment = {"HOME": "", "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""}
    with Bridge(home, env=environment) as bridge:
        assert bridge.error("credentials.list", {"region": "local"})["code"] == 1460
        assert bridge.result("bridge.ping") == {}


def test_at_the_end_of_input_everything_read_is_answered(home):
    lines = [request("credentials.create", {"name": f"n{number}"}, id=number) for number in range(20)]
    lines += [request("bridge.ping", id=100 + number) for number in range(500)]
    result = run(home, input=b"".join(lines).rstrip(b"\n"))
    assert result.returncode == 0
    assert result.stdout.count(b"\n") == 520 and result.stdout.count(b'"result"') == 520
    assert len(credential_ids(home)) == 20


def test_end_of_input_without_a_line_is_an_end(home):
    result = run(home)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_after_the_end_of_input_a_request_lives_as_long_as_its_own_time(home):
    make_store(home)
    with held_store(home) as release, Bridge(home) as bridge:
        bridge.send(request("credentials.create", {"timeout_ms": 300}, id="short")[:-1])
        bridge.send(request("credentials.create", {"name": "long"}, id="long")[:-1])
        bridge.process.stdin.close()
        late = bridge.message()
        assert (late["id"], late["error"]["data"]["kind"]) == ("short", "timeout")
        release()
        assert bridge.message()["result"]["name"] == "long"
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0


def test_drain_bounds_what_comes_after_the_end_of_input(home):
    make_store(home)
    with held_store(home) as release, Bridge(home, "--drain", "0") as bridge:
        bridge.send(request("credentials.create", {"timeout_ms": 60_000}, id="change")[:-1])
        bridge.send(request("credentials.list", {"timeout_ms": 60_000}, id="read")[:-1])
        bridge.process.stdin.close()
        read = bridge.message()
        assert (read["id"], read["error"]["data"]["kind"], read["error"]["data"]["outcome"]) == ("read", "shutting_down", "none")
        release()
        assert "result" in bridge.message()
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0


def test_drain_lets_what_is_quick_come_to_its_end(home):
    result = run(home, "--drain=5", input=request("credentials.create", {"name": "n"}) + PING.replace(b"1,", b"2,"))
    assert result.returncode == 0
    assert result.stdout.count(b'"result"') == 2


@pytest.mark.parametrize(
    "method, params",
    [("bridge.ping", {}), ("credentials.list", {"region": "local"}), ("credentials.create", {"region": "local", "timeout_ms": 500})],
    ids=["after_a_ping", "after_a_read", "after_a_mutation"],
)
def test_idle_it_is_never_woken(home, method, params):
    with Bridge(home) as bridge:
        bridge.result(method, params)
        wait_until_asleep(bridge.process.pid)
        # Swift's own pool threads go to sleep, and then away, a while after their last work; after that nothing may wake.
        # Longer than the create's timeout_ms, so that a timer left behind would fire.
        assert any(is_quiet(bridge.process.pid, bridge.process.stdout, bridge.process.stderr) for _ in range(5))


def test_a_closed_stdout_ends_it_quietly(home):
    with Bridge(home) as bridge:
        bridge.result("bridge.ping")
        bridge.process.stdout.close()
        assert bridge.process.wait(LIMIT) == 0
        assert bridge.process.stderr.read() == b""


def test_a_closed_stdout_cancels_what_is_under_way(home):
    make_store(home)
    with held_store(home), Bridge(home) as bridge:
        bridge.send(request("credentials.create", {"name": "n"}, id="create"), PING)
        assert bridge.message()["result"] == {}
        bridge.process.stdout.close()
        assert bridge.process.wait(LIMIT) == 0
    assert credential_ids(home) == []


def test_head_takes_one_line_of_many(home):
    (home / "lines").write_bytes(PING * 50_000)
    script = '"$1" < lines | head -n 1; echo "${PIPESTATUS[*]}"'
    result = subprocess.run(
        ["bash", "-c", script, "bash", PROGRAM], env=clean_environment(home), cwd=home, capture_output=True, timeout=LIMIT
    )
    assert result.stdout == PONG + b"0 0\n"
    assert result.stderr == b""


def test_sigpipe_and_sigxfsz_are_ignored(home):
    with Bridge(home) as bridge:
        bridge.result("bridge.ping")
        ignored = int(next(iter(process_status(bridge.process.pid, "SigIgn").values())), 16)
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            assert ignored >> (number - 1) & 1


PARENT = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}\\n')
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_it_ends_when_its_parent_is_killed(home):
    command = [sys.executable, "-c", PARENT, PROGRAM]
    with subprocess.Popen(command, env=clean_environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        try:
            bridge = os.pidfd_open(int(read_until(parent.stdout.fileno(), b"\n")))
            assert select.select([bridge], [], [], 0)[0] == []
        finally:
            parent.kill()
        ended = select.select([bridge], [], [], LIMIT)[0]
        os.close(bridge)
    assert ended


def test_many_lines_wait_in_a_process_that_was_stopped(home):
    with program(home, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.send_signal(signal.SIGSTOP)
        process.stdin.write(PING * 1000)
        process.stdin.close()
        process.send_signal(signal.SIGCONT)
        assert process.stdout.read() == PONG * 1000
        assert process.wait(LIMIT) == 0
