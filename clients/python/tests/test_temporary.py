"""Bridges for tests: with a folder and a nats-server of their own, of which nothing is left however they end."""

import asyncio
import contextlib
import gc
import os
import pickle
import resource
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from conftest import LIMIT, has_ended, is_gone, until

from nats_credentials_bridge import AsyncBridge, BinaryNotFound, Bridge, NatsServerError, _nats_server
from nats_credentials_bridge._guard import Guard

NATS_SERVER = os.environ["NATS_SERVER"]


@pytest.fixture(autouse=True)
def place(folder, monkeypatch):
    """Where temporary bridges make their folders; nothing of them may be there after a test."""
    place = folder / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield place
    until(lambda: not any(place.iterdir()))


def server_pid(bridge):
    """Of its nats-server, which names its ports file so."""
    (path,) = (bridge.folder / "state").glob("*.ports")
    return int(path.stem.rpartition("_")[2])


def pids(bridge):
    return [bridge._engine.pid, bridge._surroundings._guard.pid, server_pid(bridge)]


def greeting(url):
    """What a server says first to whoever connects."""
    host, _, port = url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), LIMIT) as connection:
        return connection.recv(5)


def wrapped(folder, text):
    """A program in nats-server's place."""
    path = folder / "wrapper"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return path


def test_a_bridge_has_a_folder_of_its_own_which_is_gone_at_the_end(place, folder, environment):
    with Bridge.temporary(env=environment) as bridge:
        assert bridge.folder.parent == place
        assert bridge.folder.stat().st_mode & 0o777 == 0o700
        made = bridge.credentials.create(name="app", save_to=bridge.folder / "app.creds")
        assert [row.id for row in bridge.credentials.list()] == [made.id]
        assert sorted(path.name for path in bridge.folder.iterdir()) == ["app.creds", "state"]
        with pytest.raises(RuntimeError, match=r"temporary\(nats_server=True\)"):
            print(bridge.nats_url)
    assert not bridge.folder.exists()
    assert is_gone(bridge._surroundings._guard.pid)
    assert [path.name for path in folder.iterdir()] == ["tmp"]
    bridge.close()


def test_no_option_leads_to_another_folder_and_no_other_nats_server_is_asked(folder, environment):
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"nats://127.0.0.1:{other.getsockname()[1]}"
        arguments = ["--state", str(folder / "mine"), "--nats-url", url, "--log-level", "info"]
        with Bridge.temporary(arguments=arguments, env={**environment, "NATS_URL": url}) as bridge:
            made = bridge.credentials.create()
            assert bridge.accounts.get(nats_account_id=made.nats_account_id).endpoint != url
            assert bridge.credentials.delete(nats_credentials_id=made.id)
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()
    assert not (folder / "mine").exists()


def test_the_other_arguments_are_those_of_any_bridge(folder):
    with Bridge.temporary(nats_server=NATS_SERVER, cwd=folder, max_retries=3, timeout=4) as bridge:
        assert Path(f"/proc/{bridge._engine.pid}/cwd").resolve() == folder
        assert (bridge._caller.defaults.max_retries, bridge._caller.defaults.timeout) == (3, 4)
        bridge.ping()
    with pytest.raises(ValueError, match="timeout is more than 0"):
        Bridge.temporary(timeout=0)


def test_a_nats_server_listens_on_a_free_port_and_ends_with_the_bridge():
    with Bridge.temporary(nats_server=NATS_SERVER) as one, Bridge.temporary(nats_server=NATS_SERVER) as two:
        assert one.nats_url != two.nats_url
        assert greeting(one.nats_url) == greeting(two.nats_url) == b"INFO "
        made = one.credentials.create(name="app")
        assert one.accounts.get(nats_account_id=made.nats_account_id).endpoint == one.nats_url
        started = [*pids(one), *pids(two)]
        assert not any(map(has_ended, started))
    assert all(map(has_ended, started))
    with pytest.raises(ConnectionRefusedError):
        greeting(one.nats_url)


@pytest.fixture
def many_files():
    """More open files than select.select can name."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard >= 0 else 4096, hard))
    with contextlib.ExitStack() as files:
        for _ in range(1100):
            files.enter_context(open(os.devnull))
        yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
def test_a_process_with_very_many_open_files_has_one_too(folder):
    with Bridge.temporary(nats_server=NATS_SERVER) as bridge:
        bridge.credentials.create()
        assert greeting(bridge.nats_url) == b"INFO "
    with pytest.raises(NatsServerError, match="ended before it listened"):
        Bridge.temporary(nats_server=wrapped(folder, "exit 3"))


def test_a_name_is_looked_for_in_path(monkeypatch, folder):
    (folder / "nats-server").symlink_to(NATS_SERVER)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    for name in (True, "nats-server"):
        with Bridge.temporary(nats_server=name) as bridge:
            assert Path(f"/proc/{server_pid(bridge)}/exe").resolve() == Path(NATS_SERVER).resolve()


def test_without_a_nats_server_the_error_says_where_it_was_looked_for(monkeypatch, folder):
    monkeypatch.setattr(_nats_server, "MORE_FOLDERS", ())
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(NatsServerError, match=f"no program nats-server in {folder}; install nats-server, or say"):
        Bridge.temporary(nats_server=True)
    with pytest.raises(NatsServerError, match="no program /no/such there that can be run"):
        Bridge.temporary(nats_server="/no/such")


def test_without_the_program_nothing_is_left():
    for nats_server in (False, NATS_SERVER):
        with pytest.raises(BinaryNotFound):
            Bridge.temporary(binary="/no/such", nats_server=nats_server)


def test_a_nats_server_that_dies_at_the_start_is_told_with_its_last_lines(folder):
    program = wrapped(folder, "seq 20 >&2; echo the last words; exit 3")
    with pytest.raises(NatsServerError) as caught:
        Bridge.temporary(nats_server=program)
    assert str(caught.value).startswith("nats-server ended before it listened; its last lines:\n    12\n")
    assert caught.value.log_tail[-2:] == ("20", "the last words")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_ports_file_that_vanishes_while_it_is_looked_for_is_none(place, monkeypatch):
    monkeypatch.setattr(_nats_server, "START_SECONDS", 0.05)
    (place / "0.ports").symlink_to("gone")  # It is seen, and cannot be read.
    (place / "made").mkdir()
    guard = Guard(str(place / "made"), ["sleep", "100"])
    guard.serve()
    with pytest.raises(NatsServerError, match="did not listen"):
        _nats_server.wait_until_ready(guard, place / "made", place)
    guard.end()
    (place / "0.ports").unlink()


def test_a_nats_server_that_is_silent_is_not_waited_for_for_ever(folder, monkeypatch):
    monkeypatch.setattr(_nats_server, "START_SECONDS", 0.1)
    program = wrapped(folder, f"echo $$ >{folder}/pid; exec sleep 100")
    with pytest.raises(NatsServerError, match=r"^nats-server did not listen within 0\.1 s$"):
        Bridge.temporary(nats_server=program)
    with contextlib.suppress(FileNotFoundError):  # It was ended before it began.
        assert has_ended(int((folder / "pid").read_text()))


@pytest.mark.long
def test_a_wrapper_around_nats_server_and_one_that_stands_still_are_ended_too(folder):
    with Bridge.temporary(nats_server=wrapped(folder, f'"{NATS_SERVER}" "$@"\ntrue')) as bridge:
        behind = server_pid(bridge)
    until(lambda: has_ended(behind))  # It is killed, but nobody here can wait for it.
    with Bridge.temporary(nats_server=NATS_SERVER) as bridge:
        stopped = server_pid(bridge)
        os.kill(stopped, signal.SIGSTOP)
    assert has_ended(stopped)


def test_an_exception_ends_everything():
    started = []

    def fail():
        with Bridge.temporary(nats_server=NATS_SERVER) as bridge:
            started.extend(pids(bridge))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(started) == 3
    assert all(map(has_ended, started))


def test_close_ends_everything_also_when_the_guard_was_killed():
    bridge = Bridge.temporary(nats_server=NATS_SERVER)
    started = pids(bridge)
    os.kill(started[1], signal.SIGKILL)
    bridge.close()
    until(lambda: all(map(has_ended, started)))
    assert not bridge.folder.exists()


def test_a_bridge_that_is_forgotten_ends_by_itself():
    credentials = Bridge.temporary(nats_server=NATS_SERVER).credentials
    credentials.create(name="still there")
    (made,) = Path(tempfile.gettempdir()).iterdir()
    del credentials
    gc.collect()
    until(lambda: not made.exists())


def test_the_end_of_a_forked_child_takes_nothing_away():
    with Bridge.temporary(nats_server=NATS_SERVER) as bridge:
        child = os.fork()
        if child == 0:
            bridge.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        bridge.credentials.create(name="still there")
        assert greeting(bridge.nats_url) == b"INFO "
        # One that lives on holds nothing up.
        child = os.fork()
        if child == 0:
            signal.pause()
            os._exit(0)
    assert not bridge.folder.exists()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


SCRIPT = f"""
import os, signal, sys, threading
from nats_credentials_bridge import Bridge
bridge = Bridge.temporary(nats_server={NATS_SERVER!r})
(ports,) = (bridge.folder / "state").glob("*.ports")
print(bridge.folder, bridge._engine.pid, bridge._surroundings._guard.pid, ports.stem.rpartition("_")[2], flush=True)
"""
WAYS = {
    "the end of the script": ("", 0),
    "os._exit": ("os._exit(3)", 3),
    "an error": ("raise SystemExit(4)", 4),
    "SIGKILL": ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    "SIGKILL in the middle of calls": (
        "[threading.Thread(target=lambda: [bridge.credentials.create() for _ in range(999)], daemon=True).start() "
        "for _ in range(9)]; bridge.ping(); os.kill(os.getpid(), signal.SIGKILL)",
        -signal.SIGKILL,
    ),
    "SIGTERM": ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    "SIGINT": ("os.kill(os.getpid(), signal.SIGINT)", -signal.SIGINT),
    "SIGINT to the group": ("os.killpg(os.getpid(), signal.SIGINT)", -signal.SIGINT),
}


@pytest.mark.parametrize(("way", "status"), WAYS.values(), ids=WAYS)
def test_however_the_process_ends_nothing_is_left(way, status, environment, place):
    environment = {**environment, "TMPDIR": str(place)}
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT + way],
        env=environment, capture_output=True, text=True, timeout=LIMIT, start_new_session=True,
    )  # fmt: skip
    assert result.returncode == status, result.stderr
    made, *numbers = result.stdout.split()
    until(lambda: not os.path.exists(made) and all(has_ended(int(number)) for number in numbers))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_process_that_is_ended_while_its_nats_server_begins_leaves_nothing(number, environment, place, folder):
    program = wrapped(folder, f'echo $$ >"{folder}/pid"; exec sleep 100')
    script = f"from nats_credentials_bridge import Bridge; Bridge.temporary(nats_server={str(program)!r})"
    environment = {**environment, "TMPDIR": str(place)}
    child = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL)
    pid = folder / "pid"
    until(lambda: pid.exists() and pid.read_text().endswith("\n"))
    child.send_signal(number)
    assert child.wait(LIMIT) == -number
    until(lambda: has_ended(int(pid.read_text())) and not any(place.iterdir()))


def test_asyncio_starts_one_beside_other_tasks_and_ends_it(folder):
    program = wrapped(folder, f'read -r _ <"{folder}/go"; exec "{NATS_SERVER}" "$@"')
    os.mkfifo(folder / "go")

    async def main():
        async def go():
            # Waits for its reader in a thread, so that only the loop's own standing still would hold both up.
            await asyncio.to_thread((folder / "go").write_text, "go\n")

        going = asyncio.ensure_future(go())
        try:
            async with AsyncBridge.temporary(nats_server=program) as bridge:
                await going
                await bridge.credentials.create(name="app")
                started = pids(bridge)
                assert greeting(bridge.nats_url) == b"INFO "
        finally:
            # A thread that still waits for its reader would keep the loop from ending.
            os.close(os.open(folder / "go", os.O_RDONLY | os.O_NONBLOCK))
        assert all(map(has_ended, started))
        assert not bridge.folder.exists()

    asyncio.run(asyncio.wait_for(main(), LIMIT))


def test_one_may_be_awaited_and_closed_and_one_that_is_not_awaited_is_not_started(place):
    async def main():
        starting = AsyncBridge.temporary()
        assert not any(place.iterdir())
        bridge = await starting
        await bridge.ping()
        await bridge.close()
        assert not bridge.folder.exists()

    asyncio.run(main())


def test_a_start_that_is_cancelled_leaves_nothing(folder, place):
    program = wrapped(folder, f'touch "{folder}/begun"; read -r _ <"{folder}/go"; exec "{NATS_SERVER}" "$@"')
    os.mkfifo(folder / "go")

    async def main():
        async def start():
            await AsyncBridge.temporary(nats_server=program)

        task = asyncio.create_task(start())
        while not (folder / "begun").exists():
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert any(place.iterdir())
        (folder / "go").write_text("go\n")

    asyncio.run(main())
    until(lambda: not any(place.iterdir()))


def test_many_threads_may_close_one():
    bridge = Bridge.temporary(nats_server=NATS_SERVER)
    gone = []
    closing = [
        threading.Thread(target=lambda: (bridge.close(), gone.append(not bridge.folder.exists()))) for _ in "abc"
    ]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join(LIMIT)
    assert gone == [True] * 3
