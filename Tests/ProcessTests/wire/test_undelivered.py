"""A credential whose secret reaches nobody is deleted again, and one line on stderr says so; one that was delivered, late or not, stays.

Most of the time goes into limits of the protocol's: 15 s for a create that comes to no end, 10 s for a store that somebody holds."""

import contextlib
import fcntl
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from bridge import LIMIT
from issued import (
    CREATE, accepts, claims, create, held_after_commit, ids, is_cut_off, local, log_in, rows, save_error, saved_right, secret_of,
    stored_ids, until,
)  # fmt: skip
from nats_server import NATSServer, Port
from process_tools import credential_ids, held_store, make_store, read_to_end, request, run, state_folder
from traced import traced

UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
DISCOVER = {"jsonrpc": "2.0", "id": "long", "method": "rpc.discover"}
LINE = re.compile(rf"nats-credentials-bridge: error: the answer with the secret of credential ({UUID}) was not delivered; (.+)")
DELETED = "the credential was deleted again"


def small_pipe():
    """A pipe of 4,096 bytes: a document is enough to clog it."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    return ours, theirs


def small_socket():
    ours, theirs = (end.detach() for end in socket.socketpair())
    with socket.socket(fileno=os.dup(theirs)) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    return ours, theirs


WIRES = {"pipe": small_pipe, "socket": small_socket}


class Clogged:
    """A bridge the end of whose stdout is ours; nobody reads it but by `reader`. Whatever it is asked, a long document stands before."""

    def __init__(self, home, port, *arguments, wire=small_pipe):
        make_store(home, "--nats-url", port.url)
        self.home, (self.reader, theirs) = home, wire()
        self.bridge = local(home, port, *arguments, stdout=theirs)
        os.close(theirs)
        self.bridge.send(DISCOVER)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop_reading()
        self.bridge.__exit__()

    def stop_reading(self):
        if self.reader is not None:
            os.close(self.reader)
            self.reader = None

    def creates(self, *requests, count=None):
        """Returns when they are committed, with their ids; their answers wait behind the document."""
        before = set(stored_ids(self.home))
        self.bridge.send(*requests)
        count = count or len(requests)
        until(lambda: len(stored_ids(self.home)) == len(before) + count)
        return sorted(set(stored_ids(self.home)) - before)

    def read_all(self):
        found = read_to_end(self.reader)
        for line in found.splitlines():
            self.bridge.traffic.came(line)
        return [json.loads(line) for line in found.splitlines()]

    def ends(self, status=0):
        """Gives what stderr told: by id, what became of it."""
        assert self.bridge.process.wait(LIMIT) == status
        return told(self.bridge.process.stderr.read())


def told(errors):
    """Every line has the one form, so there is no place for a secret."""
    lines = errors.decode().splitlines()
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found) if not match]
    by_id = {match[1]: match[2] for match in found}
    assert len(by_id) == len(lines), "one was told of twice"
    return by_id


def are_gone(home, port, made):
    """For a new process: not listed, not found; and they had been there."""
    with local(home, port) as bridge:
        assert ids(bridge) == []
        for id in made:
            error = bridge.error("credentials.get", {"nats_credentials_id": id})
            assert (error["code"], error["data"]["kind"]) == (1404, "not_found")
    assert rows(home, "SELECT count(*) FROM revocations") == [(len(made),)]


# The reader goes away


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


def test_of_hundreds_every_single_one_is_told_of(home, port):
    """All together within 5 s: what there is no time for is named, too."""
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
    assert all((DELETED in line) == (id not in left) for id, line in named.items())


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


# Committed, cancelled, late


@pytest.fixture
def after_commit(home, port):
    """A bridge with a create that is committed and not yet answered, its id, and a function that lets it go on."""
    with local(home, port) as bridge:
        assert ids(bridge) == []
        with held_after_commit(home) as release:
            yield bridge, release


def committed(bridge, home, **params):
    bridge.send(create(name="app", **params))
    [id] = until(lambda: stored_ids(home))
    return id


def cancel(bridge):
    """Returns when the cancel was read."""
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})
    assert bridge.call("bridge.ping")["result"] == {}


def test_a_cancelled_create_that_had_committed_is_answered_with_its_result(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home)
    cancel(bridge)
    release()
    answer = bridge.message()["result"]
    claims(secret_of(answer))
    assert answer["id"] == id
    assert ids(bridge) == [id] and bridge.end() == (0, b"", b"")


def test_a_create_that_is_late_is_answered_with_its_result(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, timeout_ms=1)
    # Its time is over when that of a later read is, which began later and may take longer.
    bridge.send(request("credentials.list", {"timeout_ms": 50}, id="later")[:-1])
    assert bridge.message()["error"]["data"]["kind"] == "timeout"
    release()
    answer = bridge.message()["result"]
    claims(secret_of(answer))
    assert answer["id"] == id
    assert ids(bridge) == [id] and bridge.end() == (0, b"", b"")


def test_the_reader_goes_between_commit_and_answer(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home)
    bridge.process.stdout.close()
    release()
    assert bridge.process.wait(LIMIT) == 0
    assert told(bridge.process.stderr.read()) == {id: DELETED}
    are_gone(home, port, [id])


def test_a_create_whose_result_comes_when_it_was_given_up_is_undone(after_commit, home, port):
    """It was answered that nobody knows; then it came after all. Takes the 15 s that a change is awaited."""
    bridge, release = after_commit
    id = committed(bridge, home, timeout_ms=1)
    answer = bridge.message(limit=25)
    assert (answer["id"], answer["error"]["code"], answer["error"]["data"]["outcome"]) == (1, 1408, "unknown")
    release()
    until(lambda: rows(home, "SELECT id FROM credentials") == [])
    assert ids(bridge) == []
    status, output, errors = bridge.end()
    assert (status, told(errors)) == (0, {id: DELETED})
    are_gone(home, port, [id])


def test_a_save_that_fails_after_the_commit_is_undone(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    (home / "app.creds").write_text("came in between")
    release()
    error = bridge.message()["error"]
    assert save_error(error) == ("exists", "none") and "resource_id" not in error["data"]
    assert bridge.end() == (0, b"", b"")
    are_gone(home, port, [id])


def test_a_cancelled_create_that_had_committed_is_still_saved(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    cancel(bridge)
    release()
    result = bridge.message()["result"]
    saved_right(result)
    assert result["id"] == id and ids(bridge) == [id]


def test_a_cancelled_create_whose_save_fails_is_undone_all_the_same(after_commit, home, port):
    bridge, release = after_commit
    id = committed(bridge, home, save_to=str(home / "app.creds"))
    (home / "app.creds").write_text("came in between")
    cancel(bridge)
    release()
    assert save_error(bridge.message()["error"]) == ("exists", "none")
    are_gone(home, port, [id])


# What cannot be undone


def test_a_save_that_fails_while_somebody_holds_the_store_says_what_is_left(home, port):
    """The save is held up for 4 s, in which the test takes the store; takes the 10 s, too, that a held store is waited for."""
    with local(home, port) as bridge:
        bridge.result("accounts.create", {"name": "one"})
    with traced(home, "linkat", "delay_enter=4000000:error=EIO:when=1", "--nats-url", port.url) as bridge:
        id = committed(bridge, home, save_to=str(home / "app.creds"))
        with held_store(home):
            error = bridge.message(limit=25)["error"]
        assert save_error(error) == ("io", "done")
        assert (error["data"]["resource"], error["data"]["resource_id"]) == ("credentials", id)
        assert ids(bridge) == [id] and not (home / "app.creds").exists()
        assert bridge.result("credentials.delete", {"nats_credentials_id": id})["deleted"] is True


def test_an_answer_that_is_lost_while_somebody_holds_the_store_leaves_a_line_with_its_id(home, port):
    """Within the 5 s that undoing may take; what is left can be found and deleted."""
    with Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"), create(id=2, name="other"))
        with held_store(home):
            clogged.stop_reading()
            assert clogged.bridge.process.wait(LIMIT) == 0
        lines = clogged.bridge.process.stderr.read().decode().splitlines()
    assert sorted(credential_ids(home)) == made
    for id in made:
        [line] = [line for line in lines if id in line]
        assert DELETED not in line


def test_an_undo_that_a_silent_server_does_not_hear_of_is_told_as_pending(home):
    """It takes the connection and says nothing: recorded, and not yet enforced."""
    with Port() as port, Clogged(home, port) as clogged:
        made = clogged.creates(create(name="app"))
        port.socket.listen()
        clogged.stop_reading()
        undone = clogged.ends()
        assert list(undone) == made and "revocation_pending" in undone[made[0]]
        assert stored_ids(home) == [] and rows(home, "SELECT id FROM credentials") == [(made[0],)]


# With a real server


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
