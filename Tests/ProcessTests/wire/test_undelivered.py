"""A credential whose secret reaches nobody, because the reader went away, is deleted again, and one line on stderr says so."""

import contextlib
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import time

import pytest

from bridge import LIMIT
from issued import CREATE, accepts, create, ids, is_cut_off, local, log_in, rows, save_error, secret_of, stored_ids, until
from nats_server import NATSServer
from process_tools import credential_ids, held_store, make_store, read_to_end, request, run, state_folder
from undelivered import DELETED, LINE, UUID, WIRES, Clogged, are_gone, told

# The reader goes away.


@pytest.mark.parametrize("wire", WIRES)
def test_the_reader_goes_while_the_answer_waits(home, port, wire):
    with Clogged(home, port, wire=WIRES[wire]) as clogged:
        made = clogged.creates(create(name="app"))
        clogged.stop_reading()
        assert clogged.ends() == {made[0]: DELETED}
    are_gone(home, port, made)


def test_the_reader_goes_after_the_end_of_input(home, port):
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"))
        clogged.bridge.process.stdin.close()
        clogged.stop_reading()
        assert clogged.ends() == {made[0]: DELETED}
    are_gone(home, port, made)


def test_the_reader_goes_in_the_middle_of_the_line(home, port):
    """The longest name makes a line longer than the pipe, so its end is still with the bridge when its beginning is read."""
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="\N{PARTY POPPER}" * 500))
        found = b""
        while b'\n{"jsonrpc":"2.0","id":1,"result":{"id":' not in found:
            found += os.read(clogged.reader, 256)
        clogged.stop_reading()
        assert clogged.ends() == {made[0]: DELETED}
    are_gone(home, port, made)


def test_of_many_answers_only_those_that_were_not_taken_are_undone(home, port):
    with Clogged(home, port) as clogged:
        made = set(clogged.creates(*[create(id=number, name=f"n{number}") for number in range(40)]))
        found = b""
        while found.count(b"\n") < 20:
            found += os.read(clogged.reader, 256)
        clogged.stop_reading()
        undone = clogged.ends()
    read = {json.loads(line)["result"]["id"] for line in found.splitlines()[1:20]}
    assert set(undone.values()) == {DELETED} and set(undone) <= made and not set(undone) & read
    # Between the two are those that the pipe had taken and nobody read: 4,096 bytes hold two at most, and one may have been half read.
    assert len(made - set(undone) - read) <= 3
    assert set(credential_ids(home)) == made - set(undone)


@pytest.mark.parametrize("count", [1, 30])
def test_a_batch_is_undone_as_a_whole(home, port, count):
    with Clogged(home, port) as clogged:
        batch = [create(id=number, name=f"n{number}") for number in range(count)]
        made = clogged.creates([*batch, {"jsonrpc": "2.0", "id": "p", "method": "bridge.ping"}], count=count)
        clogged.stop_reading()
        assert clogged.ends() == {id: DELETED for id in made}
    are_gone(home, port, made)


@pytest.mark.measures("time")
def test_of_hundreds_every_single_one_is_told_of(home, port):
    """All together within 5 s: what is not done by then is named, too. It may be done a moment later, or while its line is written."""
    with Clogged(home, port) as clogged:
        made = clogged.creates(*[create(id=number, name=f"n{number}") for number in range(400)])
        clogged.stop_reading()
        # Read as it comes: all of it is more than a pipe holds, and nobody waits for a stderr that is full.
        errors = read_to_end(clogged.bridge.process.stderr.fileno()).decode()
        assert clogged.bridge.process.wait(LIMIT) == 0
    # A list has 100 at most.
    left = stored_ids(home)
    named = {id: line for line in errors.splitlines() for id in re.findall(UUID, line)}
    assert sorted(named) == made
    assert all(DELETED in line or "the time to delete the credential again was over" in line for line in named.values())
    assert not [id for id, line in named.items() if DELETED in line and id in left]


def test_a_stderr_that_is_read_late_has_every_line(home, port):
    """A hundred lines are four times what it holds, and the program has nothing left to do but to end."""
    with Clogged(home, port) as clogged:
        errors = clogged.bridge.process.stderr.fileno()
        fcntl.fcntl(errors, fcntl.F_SETPIPE_SZ, 4096)
        made = clogged.creates(*[create(id=number, name=f"n{number}") for number in range(100)])
        clogged.stop_reading()
        until(lambda: rows(home, "SELECT id FROM credentials") == [])
        # It does not end meanwhile; one that did would have had the time to.
        with contextlib.suppress(subprocess.TimeoutExpired):
            clogged.bridge.process.wait(0.2)
        undone = told(read_to_end(errors))
        assert clogged.bridge.process.wait(LIMIT) == 0
    assert sorted(undone) == made and set(undone.values()) == {DELETED}


@pytest.mark.parametrize("params", [{"save_to": "app.creds"}, {"nats_context": "app"}], ids=lambda params: next(iter(params)))
def test_a_saved_credential_is_never_undone(home, port, params):
    if "save_to" in params:
        params = {"save_to": str(home / "app.creds")}
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app", **params))
        until(lambda: list(home.rglob("app.creds")))
        clogged.stop_reading()
        assert clogged.ends() == {}
    assert credential_ids(home) == made


def test_other_changes_are_never_undone(home, port):
    with Clogged(home, port) as clogged:
        clogged.bridge.send(request("accounts.create", {"name": "one"})[:-1])
        until(lambda: rows(home, "SELECT count(*) FROM accounts") == [(1,)])
        clogged.stop_reading()
        assert clogged.ends() == {}
    assert rows(home, "SELECT name FROM accounts") == [("one",)]


def test_an_answer_that_the_pipe_has_taken_is_delivered(home, port):
    """Whether it is ever read, nobody can know."""
    with local(home, port) as bridge:
        bridge.send(create(name="app"))
        select.select([bridge.process.stdout], [], [], LIMIT)
        bridge.process.stdout.close()
        assert bridge.process.wait(LIMIT) == 0
        assert bridge.process.stderr.read() == b""
    assert len(credential_ids(home)) == 1


@pytest.mark.parametrize("ending", ["end of input", "signal"])
def test_an_answer_that_is_read_late_stays(home, port, ending):
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"))
        if ending == "signal":
            clogged.bridge.process.send_signal(signal.SIGTERM)
        else:
            clogged.bridge.process.stdin.close()
        answers = clogged.read_all()
        assert [answer["id"] for answer in answers] == ["long", 1] and answers[1]["result"]["id"] == made[0]
        assert clogged.ends() == {}
    assert credential_ids(home) == made


def test_a_signal_while_nobody_reads(home, port):
    """3 s for the reader, 2 s for undoing."""
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"))
        began = time.monotonic()
        clogged.bridge.process.send_signal(signal.SIGTERM)
        assert clogged.ends() == {made[0]: DELETED}
        assert time.monotonic() - began < 8
        # Nor is half of it still in the pipe.
        is_in_the_pipe = b'"result":{"id":' in read_to_end(clogged.reader)
        assert not is_in_the_pipe
    are_gone(home, port, made)


@pytest.mark.parametrize("count", [1, 3])
def test_a_stdout_that_takes_nothing(home, port, count):
    make_store(home, "--nats-url", port.url)
    lines = b"".join(json.dumps(create(id=number, name="app")).encode() + b"\n" for number in range(count))
    with open("/dev/full", "wb") as full:
        result = run(home, "--region", "local", "--nats-url", port.url, input=lines, stdout=full)
    assert result.returncode == 0
    undone = told(result.stderr)
    assert len(undone) >= 1 and set(undone.values()) == {DELETED}
    are_gone(home, port, list(undone))


def test_the_command_line_undoes_what_it_cannot_print(home, port):
    make_store(home, "--nats-url", port.url)
    with open("/dev/full", "wb") as full:
        result = run(home, "call", CREATE, "name=app", "--region", "local", "--nats-url", port.url, stdout=full)
    assert result.returncode != 0
    undone = [match[1] for line in result.stderr.decode().splitlines() if (match := LINE.fullmatch(line)) and match[2] == DELETED]
    assert len(undone) == 1
    are_gone(home, port, undone)


# With a real server.


def test_whoever_read_half_an_answer_is_cut_off(home, port):
    """The first of a batch's secrets was read, the end of the line never left the bridge: it works until it is undone, and not after."""
    with local(home, port) as bridge:
        stays = secret_of(bridge.result(CREATE, {"name": "stays"}))
    with NATSServer(state_folder(home) / "nats-server.conf", port):
        neighbour = log_in(port, stays)
        with Clogged(home, port) as clogged:
            made = clogged.creates([create(id=number, name=f"n{number}") for number in range(20)], count=20)
            found = b""
            while b'"id":1,"result"' not in found:
                found += os.read(clogged.reader, 256)
            content = secret_of(json.loads(found[found.index(b"\n[") + 2 :].split(b',{"jsonrpc"')[0])["result"])
            connection = log_in(port, content)
            assert connection is not None
            clogged.stop_reading()
            assert clogged.ends() == {id: DELETED for id in made}
        assert is_cut_off(connection)
        assert not accepts(port, content)
        neighbour.sendall(b"PING\r\n")
        assert accepts(port, stays) and neighbour.recv(4)
        neighbour.close()


def test_a_save_that_fails_beside_a_running_server(home, port):
    with local(home, port) as bridge:
        stays = bridge.result(CREATE, {"name": "stays"})
        secret = secret_of(stays)
        with NATSServer(state_folder(home) / "nats-server.conf", port):
            assert accepts(port, secret)
            with held_store(home) as release:
                bridge.send(create(name="app", save_to=str(home / "app.creds")), {"jsonrpc": "2.0", "id": "p", "method": "bridge.ping"})
                assert bridge.message()["id"] == "p"
                (home / "app.creds").write_text("in the way")
                release()
            assert save_error(bridge.message()["error"]) == ("exists", "none")
            assert ids(bridge) == [stays["id"]] and accepts(port, secret)
