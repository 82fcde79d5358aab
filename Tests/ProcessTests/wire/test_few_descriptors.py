"""Hardly any descriptors, or no threads: there is an answer, or a line on stderr and an exit status; never a death by a signal, never a lie,
and what is there again is used again."""

import contextlib
import json
import resource
import socket

import pytest

from bridge import PROGRAM, Bridge
from nats_server import Port
from process_tools import call, make_store, request, run
from revoking import DELETE, Home, create, is_cut_off, log_in
from scaleway_service import Scaleway
from traced import STRACE

# From the fewest that a process can begin with to more than it needs.
LIMITS = range(3, 26)
ENOUGH = 16
LOADER, SYSTEM = 127, 71
KINDS = {"storage", "library_unusable", "save_failed"}


def limited(count):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def said(result):
    """The exit status of a run that ended by itself, and that failed with a word."""
    assert result.returncode >= 0, f"signal {-result.returncode}"
    assert result.stdout or result.stderr or result.returncode == 0
    return result.returncode


def requests(home):
    save = {"save_to": str(home / "app.creds"), "overwrite": True}
    asked = [("bridge.ping", {}), ("credentials.create", {"name": "a"}), ("credentials.create", {"name": "b", **save})]
    asked += [("credentials.list", {}), ("credentials.stream", {}), ("bridge.info", {}), ("rpc.discover", {})]
    return b"".join(request(method, params, id=number) for number, (method, params) in enumerate(asked)), len(asked)


@pytest.mark.parametrize("is_begun", [False, True], ids=["nothing is there", "a store is there"])
def test_serving_answers_or_says_why_it_does_not(home, is_begun):
    statuses = []
    for limit in LIMITS:
        place = home / str(limit)
        place.mkdir()
        if is_begun:
            make_store(place)
        lines, count = requests(place)
        result = run(place, "--region", "local", input=lines, preexec_fn=limited(limit))
        statuses.append(said(result))
        if result.returncode == 0:
            answers = [json.loads(line) for line in result.stdout.splitlines()]
            assert sorted(answer["id"] for answer in answers if "id" in answer) == list(range(count))
            errors = [answer["error"] for answer in answers if "error" in answer]
            assert {error["data"]["kind"] for error in errors} <= KINDS and (not errors or limit < ENOUGH)
            assert all("Too many open files" in error["message"] for error in errors)
        else:
            assert result.returncode in (LOADER, SYSTEM) and result.stdout == b"" and result.stderr.count(b"\n") == 1
            assert result.returncode == LOADER or b"ulimit -n" in result.stderr
    assert statuses == sorted(statuses, reverse=True) and statuses[-1] == 0 and SYSTEM in statuses


COMMANDS = [
    ["call", "credentials.create", "name=n"], ["call", "credentials.list", "--all"], ["doctor"], ["--version"], ["openrpc"], ["--help"],
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_works_or_says_why_it_does_not(home, command):
    for limit in LIMITS:
        result = run(home, *command, "--region", "local", preexec_fn=limited(limit))
        said(result)
        assert result.returncode in (0, 1, LOADER, SYSTEM)
        assert b"is not on this machine" not in result.stdout + result.stderr
    assert result.returncode == 0


def test_no_deletion_is_told_that_the_server_has_not_heard_of(home):
    with Port() as port:
        here = Home(home, port)
        with here.bridge() as bridge:
            made = [create(bridge) for _ in LIMITS]
        here.server.start()
        try:
            with here.bridge() as bridge:
                bridge.result("accounts.create", {"name": "the server hears of us"})
            outcomes = {delete_with(limit, here, *each) for limit, each in zip(LIMITS, made)}
            assert outcomes >= {"deleted", "storage"}
        finally:
            here.server.stop()


def delete_with(limit, here, id, creds):
    """What became of a deletion with so few descriptors; nobody who is deleted stays connected."""
    with contextlib.closing(log_in(here.port, creds)) as connection:
        result = call(here.folder, DELETE, f"nats_credentials_id={id}", *here.arguments, preexec_fn=limited(limit))
        said(result)
        if result.returncode:
            return result.stderr.decode().split(": ")[1]
        assert json.loads(result.stdout)["deleted"] is True and is_cut_off(connection)
        return "deleted"


def test_descriptors_that_are_there_again_are_used_again(home):
    """They run out under a bridge that serves, and come back."""
    with Bridge(home, "--region", "local") as bridge:
        bridge.result("bridge.ping")
        usual = resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE)
        for limit in range(8, 15):
            resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, (limit, usual[1]))
            answer = bridge.call("credentials.create", {"name": "n", "save_to": str(home / "app.creds"), "overwrite": True})
            assert "result" in answer or answer["error"]["data"]["kind"] in KINDS
            resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, usual)
            assert bridge.result("credentials.create", {"name": "n"})["region"] == "local"
        assert bridge.end()[0] == 0


def test_calls_to_the_service_work_again_too(home):
    with Scaleway() as service, Bridge(home, env=service.environment) as bridge:
        service.add_account("mine")
        bridge.result("bridge.ping")
        usual = resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE)
        for limit in range(7, 12):
            resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, (limit, usual[1]))
            answer = bridge.call("accounts.list", {"timeout_ms": 1000})
            assert "result" in answer or answer["error"]["data"]["kind"] in {"library_unusable", "network", "timeout"}
        resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, usual)
        assert len(bridge.result("accounts.list")["nats_accounts"]) == 1


# Threads


def without_threads(home, *arguments, env=None):
    options = ["-f", "-qq", "-o", "/dev/null", "-e", "trace=clone,clone3", "-e", "inject=clone,clone3:error=EAGAIN"]
    return Bridge(home, *options, PROGRAM, *arguments, executable=STRACE, env=env)


def test_without_a_thread_for_the_store_it_ends_with_a_line(home):
    with without_threads(home, "--region", "local") as bridge:
        bridge.result("bridge.ping")
        bridge.send({"jsonrpc": "2.0", "id": 2, "method": "credentials.list"})
        assert bridge.line() is None
        assert bridge.process.wait(10) == SYSTEM
        errors = bridge.process.stderr.read()
        assert errors == b"nats-credentials-bridge: the system gives no more threads: Resource temporarily unavailable\n"


def test_without_a_thread_for_calls_they_say_so(home):
    with Scaleway() as service, without_threads(home, env=service.environment) as bridge:
        error = bridge.error("accounts.list")
        assert (error["code"], error["data"]["kind"], error["data"]["path"]) == (1461, "library_unusable", None)
        assert error["message"] == "libcurl cannot be opened: the system gives no more threads"
        assert bridge.result("bridge.ping") == {}


def test_doctor_says_that_it_has_no_thread(home):
    """It asks the service on one."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = {"SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111", "SCW_DEFAULT_REGION": "fr-par"}
        env["SCW_API_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with without_threads(home, "doctor", env=env) as bridge:
            assert bridge.process.wait(10) == SYSTEM
            assert b"gives no more threads" in bridge.process.stderr.read()
