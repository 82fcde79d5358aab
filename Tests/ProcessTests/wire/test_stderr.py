"""The log on stderr: one printable line an event, never in the way of the wire, and what did not fit is counted."""

import os
import re
import socket
import subprocess

import pytest

from bridge import LIMIT, Bridge
from process_tools import PING, PONG, WARNS, fill, program, read_to_end, read_until, request, run

DROPPED = re.compile(rb"^nats-credentials-bridge: warning: (\d+) log lines did not fit and were dropped$", re.MULTILINE)
WARNING = b"nats-credentials-bridge: warning: accounts.create was sent without an id"


def test_a_full_stderr_never_blocks_and_what_was_dropped_is_counted_once(home):
    sent = 5000
    read, write = os.pipe()
    try:
        filled = fill(write)
        with program(home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=write) as process:
            os.close(write)
            process.stdin.write(WARNS * sent + PING)
            process.stdin.flush()
            assert read_until(process.stdout.fileno(), b"\n") == PONG
            found = read_until(read, b"were dropped\n")[filled:]
            process.stdin.close()
            assert process.wait(LIMIT) == 0
            found += read_to_end(read)
    finally:
        os.close(read)
    reports = DROPPED.findall(found)
    assert len(reports) == 1
    assert found.count(WARNING) + int(reports[0]) == sent
    assert all(line.startswith(b"nats-credentials-bridge: ") for line in found.splitlines())


def test_it_ends_although_stderr_is_full(home):
    read, write = os.pipe()
    try:
        fill(write)
        with program(home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=write) as process:
            process.stdin.write(WARNS * 5000 + PING)
            process.stdin.close()
            assert process.stdout.read() == PONG
            assert process.wait(LIMIT) == 0
    finally:
        os.close(read)
        os.close(write)


@pytest.mark.parametrize("number", [1, 5000])
def test_a_stderr_that_nobody_reads_any_more_never_kills(home, number):
    with Bridge(home) as bridge:
        bridge.process.stderr.close()
        bridge.send(WARNS * number + PING[:-1])
        assert bridge.message() == {"jsonrpc": "2.0", "id": 1, "result": {}}
        assert "id" in bridge.result("credentials.create")
        bridge.process.stdin.close()
        assert bridge.line() is None
        assert bridge.process.wait(LIMIT) == 0


def test_a_full_device_as_stderr_never_kills(home):
    with open("/dev/full", "wb") as full:
        result = run(home, input=WARNS + PING, stderr=full)
    assert (result.returncode, result.stdout) == (0, PONG)


@pytest.mark.parametrize("level", ["warning", "trace"])
@pytest.mark.parametrize("kind", ["pipe", "socket", "file"])
def test_log_lines_never_stand_between_answers(home, kind, level):
    if kind == "file":
        with open(home / "out", "wb") as file:
            run(home, "--log-level", level, input=WARNS + PING, stdout=file, stderr=subprocess.STDOUT)
        assert (home / "out").read_bytes() == PONG
        return
    read, write = os.pipe() if kind == "pipe" else (end.detach() for end in socket.socketpair())
    try:
        with program(home, "--log-level", level, stdin=subprocess.PIPE, stdout=write, stderr=write) as process:
            os.close(write)
            process.stdin.write(WARNS + PING)
            process.stdin.close()
            assert read_to_end(read) == PONG
            assert process.wait(LIMIT) == 0
    finally:
        os.close(read)


def test_on_a_terminal_both_are_seen(home):
    ours, theirs = os.openpty()
    try:
        with program(home, stdin=subprocess.PIPE, stdout=theirs, stderr=theirs) as process:
            process.stdin.write(WARNS + PING)
            process.stdin.flush()
            seen = b""
            while PONG.rstrip() not in seen or WARNING not in seen:
                seen += read_until(ours, b"\n")
    finally:
        os.close(ours)
        os.close(theirs)


LEVELS = {"error": 0, "warning": 1, "info": 1, "debug": 2, "trace": 2}


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_says_what_is_logged(home, level):
    result = run(home, f"--log-level={level}", input=WARNS + PING)
    assert (result.returncode, result.stdout) == (0, PONG)
    lines = result.stderr.splitlines()
    assert len(lines) >= LEVELS[level] and (LEVELS[level] or not lines)
    assert sum(WARNING in line for line in lines) == (level != "error")
    assert sum(b"method=bridge.ping" in line for line in lines) == (LEVELS[level] == 2)


@pytest.mark.parametrize("params", [{"nam": "x"}, {"name": 5}, {"name": "x" * 600}, {"region": "fr-par"}])
def test_the_log_repeats_nothing_of_a_request(home, params):
    canary = "canary-4711"
    lines = [
        request("credentials.create", {**params, "nats_account_id": canary}, id=canary),
        request(canary, params, id=canary),
        b'{"' + canary.encode() + b"\n",
        request("credentials.list", {canary: canary}, id=canary),
    ]
    result = run(home, "--log-level", "trace", input=b"".join(lines))
    assert result.stdout.count(b'"error"') == 4
    assert canary.encode() not in result.stderr


HOSTILE = ["a\nnats-credentials-bridge: error: forged", "\x1b[2J\x1b[31m", "\u2028next", "\u202egnp.exe", "\x07\x08\r", "\x85", 'quo"te\\']


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_texts_neither_start_a_line_nor_move_a_cursor(home, text):
    lines = [
        request("credentials.create", {"name": text}, id=text),
        request("accounts.create", {"name": text[:60]}, id="a"),
        request(text, {text: text}, id="m"),
        request("credentials.list", {text: text}, id="p"),
        request("credentials.create", {"save_to": text, "name": text}, id="s"),
        request("credentials.create", {"region": text}, id="r"),
    ]
    (home / "in").mkdir()
    result = run(home, "--log-level", "trace", cwd=home / "in", input=b"".join(lines))
    assert result.returncode == 0 and result.stdout.count(b"\n") == len(lines) and result.stdout.isascii()
    assert b"forged" not in result.stderr
    for line in result.stderr.splitlines():
        assert re.fullmatch(rb"nats-credentials-bridge: (error|warning|info|debug|trace): [\x20-\x7e]+", line)


@pytest.mark.parametrize("method", ["credentials.get", "accounts.get", "credentials.list", "accounts.list"])
@pytest.mark.parametrize("params", [{"page": 0}, {"page_size": 5, "other": 1}, {"timeout_ms": 0}, [1]], ids=str)
def test_what_is_refused_looks_for_no_region(home, method, params):
    """A read in place looks for the region itself, which warns where none is configured."""
    result = run(home, input=request(method, params))
    assert b'"kind":"invalid_params"' in result.stdout and result.stderr == b""
