"""What the process does with the descriptors it is given: closed ones filled, the wire moved away, nothing shared is changed, and pipes,
sockets, files and terminals all work."""

import fcntl
import os
import socket
import subprocess

import pytest

from bridge import LIMIT, PROGRAM, Bridge, clean_environment
from channels import close_all, every_channel, socket_pair
from process_tools import PING, PONG, credential_ids, program, read_to_end, read_until, request, run, state_folder

CREATE = request("credentials.create", {"name": "n", "save_to": "app.creds"})


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)], ids=str)
def test_closed_standard_descriptors_never_become_a_file_of_the_store(home, closed):
    redirects = " ".join(f"{number}<&-" for number in closed)
    result = run_script(home, f'exec "$1" --log-level trace {redirects}', input=CREATE + PING.replace(b"1,", b"2,"))
    assert result.returncode == 0
    if 0 in closed:
        assert result.stdout == b"" and not state_folder(home).exists()
        return
    assert result.stdout.count(b'"result"') == (0 if 1 in closed else 2)
    for path in state_folder(home).rglob("*"):
        assert path.is_dir() or (b"jsonrpc" not in path.read_bytes() and b"answered method" not in path.read_bytes())
    assert (state_folder(home) / "store.db").read_bytes().startswith(b"SQLite format 3\0")
    assert (home / "app.creds").read_bytes().startswith(b"-----BEGIN NATS USER JWT-----\n")
    assert len(credential_ids(home)) == 1


@pytest.mark.parametrize("command", ["call credentials.create name=n save_to=app.creds", "openrpc", "--help"])
def test_other_commands_live_with_closed_descriptors_too(home, command):
    result = run_script(home, f'exec "$1" {command} 0<&- 1<&- 2<&-')
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_a_stray_print_ends_on_stderr_and_a_stray_read_gets_nothing(home):
    with Bridge(home) as bridge:
        bridge.result("bridge.ping")
        descriptors = f"/proc/{bridge.process.pid}/fd"
        assert os.readlink(descriptors + "/0") == "/dev/null"
        assert os.readlink(descriptors + "/1") == os.readlink(descriptors + "/2")
        with open(descriptors + "/1", "wb") as stray:
            stray.write(b"a stray print\n")
        assert bridge.result("bridge.ping") == {}
        assert bridge.end() == (0, b"", b"a stray print\n")


def test_every_private_descriptor_is_closed_on_exec(home):
    with Bridge(home) as bridge:
        bridge.result("credentials.create", {"region": "local", "save_to": str(home / "app.creds")})
        private = [number for number in os.listdir(f"/proc/{bridge.process.pid}/fd") if int(number) > 2]
        assert len(private) >= 4
        for number in private:
            with open(f"/proc/{bridge.process.pid}/fdinfo/{number}") as file:
                flags = next(int(line.split()[1], 8) for line in file if line.startswith("flags:"))
            assert flags & os.O_CLOEXEC, os.readlink(f"/proc/{bridge.process.pid}/fd/{number}")


@every_channel
def test_nothing_the_parent_shares_is_made_nonblocking(home, channel):
    written, read, *theirs = channel()
    try:
        # The descriptions of the child's own ends stay open here, so that its flags can be seen.
        flags = [fcntl.fcntl(descriptor, fcntl.F_GETFL) for descriptor in theirs]
        with program(home, stdin=theirs[0], stdout=theirs[1], stderr=theirs[1]):
            os.write(written, PING)
            assert read_until(read, b"\n") == PONG
            os.write(written, request("rpc.discover"))
            assert read_until(read, b"\n").endswith(b"}\n")
            assert [fcntl.fcntl(descriptor, fcntl.F_GETFL) for descriptor in theirs] == flags
    finally:
        close_all(written, read, *theirs)


@every_channel
def test_it_serves_over_pipes_sockets_and_terminals(home, channel):
    written, read, *theirs = channel()
    try:
        with program(home, stdin=theirs[0], stdout=theirs[1], stderr=subprocess.PIPE) as process:
            close_all(*theirs)
            os.write(written, PING)
            assert read_until(read, b"\n") == PONG
            os.write(written, request("credentials.create", {"region": "local", "name": "n"}, id=2))
            assert b'"result"' in read_until(read, b"\n")
            # A terminal has no other end of input in raw mode than its disappearance.
            if channel is socket_pair:
                with socket.socket(fileno=os.dup(written)) as ours:
                    ours.shutdown(socket.SHUT_WR)
                assert read_to_end(read) == b""
            else:
                os.close(written)
                os.close(read)
            assert process.wait(LIMIT) == 0
            assert process.stderr.read() == b""
    finally:
        close_all(written, read)


def test_a_terminal_s_own_end_of_input_ends_it(home):
    ours, theirs = os.openpty()
    try:
        with program(home, stdin=theirs, stdout=subprocess.PIPE) as process:
            os.write(ours, PING + b"\x04")
            assert process.stdout.read() == PONG
            assert process.wait(LIMIT) == 0
    finally:
        close_all(ours, theirs)


def test_a_regular_file_is_appended_to_as_the_shell_opened_it(home):
    (home / "out").write_bytes(b"before\n")
    (home / "in").write_bytes(PING * 3)
    assert run_script(home, '"$1" < in >> out; echo after >> out').returncode == 0
    assert (home / "out").read_bytes() == b"before\n" + PONG * 3 + b"after\n"


def test_a_regular_file_shares_its_place_with_those_who_write_before_and_after(home):
    (home / "in").write_bytes(PING * 3)
    assert run_script(home, '{ echo before; "$1" < in; echo after; } > out').returncode == 0
    assert (home / "out").read_bytes() == b"before\n" + PONG * 3 + b"after\n"


def test_input_from_a_file_is_read_from_where_it_stands(home):
    (home / "in").write_bytes(b"not for us\n" + PING)
    result = run_script(home, '{ read -r first; "$1"; } < in')
    assert (result.returncode, result.stdout) == (0, PONG)


def test_a_full_device_ends_it_quietly(home):
    with open("/dev/full", "wb") as full:
        result = run(home, input=PING, stdout=full)
    assert (result.returncode, result.stderr) == (0, b"")


def test_input_that_is_a_folder_is_the_end_of_input(home):
    folder = os.open(home, os.O_RDONLY)
    try:
        with program(home, stdin=folder, stdout=subprocess.PIPE) as process:
            assert process.stdout.read() == b""
            assert process.wait(LIMIT) == 0
    finally:
        os.close(folder)


def run_script(home, script, input=b""):
    return subprocess.run(
        ["bash", "-c", script, "bash", PROGRAM], env=clean_environment(home), cwd=home, input=input, capture_output=True, timeout=LIMIT
    )


