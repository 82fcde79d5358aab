"""--mirror DIR: two files hold what went over the pipes, but no secret; whatever becomes of them, the session goes on."""

import fcntl
import json
import re
import signal
import stat
import struct
import termios

import pytest

from bridge import PROGRAM, Bridge
from issued import CREATE, local, parts, secret_of, until
from mounted import Mounted, fill_disk
from process_tools import PING, PONG, files_below, run
from shown_secrets import hides, secrets_of
from traced import STRACE

PIPE = 64 << 10
MASK = b'"(secret)"'
NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{6}Z-\d+")


def mirrored(folder):
    """What stands in the two files of one session."""
    names = files_below(folder)
    [stem] = {name.rpartition(".")[0] for name in names}
    assert NAME.fullmatch(stem) and names == [f"{stem}.in", f"{stem}.out"]
    return tuple((folder / name).read_bytes() for name in names)


def without_secrets(line):
    """A line as it is mirrored."""
    for text in re.findall(rb'"content":("-----BEGIN[^"]*")', line):
        line = line.replace(text, MASK)
    return line


def session(bridge):
    """Lines of all kinds. Returns what was sent, what came, and the texts that are secret."""
    sent, came, secrets = [], [], []

    def say(line, answers=1):
        bridge.send(line)
        sent.append(line)
        messages = []
        for _ in range(answers):
            came.append(bridge.line())
            messages.append(bridge.value)
        return messages

    def request(id, method, **params):
        return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})

    [made] = say(request(1, CREATE, name="one \N{SNOWMAN}"))
    secrets.append(secret_of(made["result"]))
    [batch] = say(f"[{request(2, CREATE, name='two')}, {request(3, 'bridge.ping')},{request(4, CREATE, name='three')}]")
    secrets += [secret_of(message["result"]) for message in batch if message["id"] != 3]
    say("  " + request(5, "credentials.list", page_size=2) + " \r")
    say(request(6, "credentials.get", nats_credentials_id="none"))
    say(request("seven", "no.such.method", credentials={"content": "x"}))
    say(request(8, "credentials.stream", page_size=2, token=[]))
    say('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}', answers=0)
    say(request(9, "rpc.discover"))
    say(request(10, "credentials.delete", nats_credentials_id=made["result"]["id"]))
    return sent, came, secrets


def test_both_files_hold_what_went_over_the_pipes_apart_from_the_secrets(home, port):
    with local(home, port, "--mirror", "mirror", cwd=home) as bridge:
        sent, came, secrets = session(bridge)
        assert bridge.end() == (0, b"", b"")
    read, written = mirrored(home / "mirror")
    count = written.count(MASK)
    assert count == len(secrets) == 3
    lines = "".join(line + "\n" for line in sent).encode()
    same = read == lines.replace(b'"content": "x"', b'"content": ' + MASK)
    assert same
    same = written == b"".join(without_secrets(line) + b"\n" for line in came)
    assert same
    for text in secrets:
        hides(read + written, secrets_of(text))
        for part in parts(text):
            shown = part.encode() in read + written
            assert not shown


def test_the_folder_and_the_files_are_their_owners_alone(home):
    for place in ("one", "one/two"):
        assert run(home, "--mirror", place, input=PING, cwd=home, umask=0).stdout == PONG
    for path in (home / "one", home / "one/two"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    files = [path for path in (home / "one").rglob("*") if path.is_file()]
    assert len(files) == 4 and {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_folder_that_is_there_keeps_its_mode_and_what_is_in_it(home):
    folder = home / "mirror"
    folder.mkdir(mode=0o755)
    (folder / "mine").write_text("stays")
    for _ in range(3):
        assert run(home, "--mirror", str(folder), input=PING).stdout == PONG
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755 and (folder / "mine").read_text() == "stays"
    files = {name: (folder / name).read_bytes() for name in files_below(folder) if name != "mine"}
    assert len(files) == 6 and set(files.values()) == {PING, PONG}


def test_of_a_line_that_is_not_json_only_the_length_is_written(home):
    lines = ["-----BEGIN USER NKEY SEED-----", "é", "{", "", "   ", "1", '"\\ud800"', "last"]
    result = run(home, "--mirror", "mirror", input="\n".join(lines).encode(), cwd=home)
    assert (result.returncode, result.stderr) == (0, b"")
    expected = ["(30 bytes left out)", "(2 bytes left out)", "(1 bytes left out)", "", "   ", "1", '"\\ud800"', "(4 bytes left out)"]
    assert mirrored(home / "mirror") == ("\n".join(expected).encode(), result.stdout)


def test_the_pipe_sees_the_same_with_and_without_a_mirror(home):
    lines = b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"rpc.discover"}\n' % number for number in range(40))
    plain, mirrored_run = run(home, input=lines), run(home, "--mirror", "mirror", input=lines, cwd=home)
    same = plain.stdout == mirrored_run.stdout
    assert same and mirrored_run.stderr == b""
    read, written = mirrored(home / "mirror")
    masked = [json.loads(line) for line in written.splitlines()]
    assert read == lines and [message["id"] for message in masked] == list(range(40))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_a_signal_the_files_are_whole(home, port, number):
    with local(home, port, "--mirror", "mirror", cwd=home) as bridge:
        sent, came, _ = session(bridge)
        bridge.process.send_signal(number)
        assert bridge.process.wait(20) == 0
    read, written = mirrored(home / "mirror")
    assert (read.count(b"\n"), written.count(b"\n")) == (len(sent), len(came))


def waiting_in(pipe):
    """Bytes that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def test_a_line_whose_reader_went_away_is_not_shown_in_part(home, port):
    """The pipe took a part of it, in which secrets stand."""
    creates = [{"jsonrpc": "2.0", "id": number, "method": CREATE, "params": {"name": "x" * 64}} for number in range(60)]
    with local(home, port, "--mirror", "mirror", cwd=home) as bridge:
        assert bridge.result("bridge.ping") == {}
        bridge.send(creates)
        until(lambda: waiting_in(bridge.process.stdout) == PIPE)
        bridge.process.stdout.close()
        assert bridge.process.wait(20) == 0
    assert mirrored(home / "mirror")[1] == PONG.replace(b":1,", b':"c",') + b"(%d bytes left out)" % PIPE


# Where it cannot be written


def refused(home, folder, why, *options, **more):
    with Bridge(home, *options, "--mirror", str(folder), **more) as bridge:
        assert bridge.result("bridge.ping") == {}
        status, rest, errors = bridge.end()
    assert (status, rest) == (0, b"")
    assert errors.startswith(b"nats-credentials-bridge: warning: the session is not mirrored: ") and errors.count(b"\n") == 1
    assert why in errors.decode()


def test_where_no_folder_can_be_the_session_is_not_mirrored(home):
    (home / "file").write_text("mine")
    (home / "dangling").symlink_to(home / "nowhere")
    refused(home, home / "file", "the folder cannot be opened: Not a directory")
    refused(home, home / "file/below", "the folder cannot be created: Not a directory")
    refused(home, home / "dangling", "the folder cannot be opened: No such file or directory")
    refused(home, "", "the folder cannot be opened: No such file or directory")
    refused(home, home / ("x" * 256), "the folder cannot be created: File name too long")
    assert (home / "file").read_text() == "mine" and sorted(files_below(home)) == ["dangling", "file"]


def test_in_a_folder_that_cannot_be_written_the_session_is_not_mirrored(home):
    (home / "disk").mkdir()
    with Mounted(home / "disk", 'mount -t tmpfs -o ro none "$1"') as mounted:
        inside = [*mounted.enter, PROGRAM, "--region", "local"]
        refused(home, home / "disk", ".in cannot be created: Read-only file system", *inside, executable="nsenter")
        assert files_below(mounted.folder) == []


def test_if_the_second_file_cannot_be_made_the_first_one_is_gone_again(home):
    (home / "mirror").mkdir()
    faults = ["-f", "-qq", "-o", "/dev/null", "-P", str(home / "mirror"), "-e", "inject=openat:error=ENOSPC:when=3"]
    refused(home, home / "mirror", ".out cannot be created: No space left on device", *faults, PROGRAM, executable=STRACE)
    assert files_below(home / "mirror") == []


def test_a_disk_that_gets_full_ends_the_mirror_and_not_the_session(home, port):
    (home / "disk").mkdir()
    with Mounted(home / "disk", 'mount -t tmpfs -o size=256k none "$1"') as mounted:
        with mounted.bridge(home, "--nats-url", port.url, "--mirror", str(home / "disk")) as bridge:
            secrets = [bridge.result(CREATE, {"name": "before"})]
            until(lambda: MASK in mirrored(mounted.folder)[1])
            fill_disk(mounted.folder / "filler")
            secrets += [bridge.result(CREATE, {"name": "x" * 64}) for _ in range(20)]
            (mounted.folder / "filler").unlink()
            secrets += [bridge.result(CREATE, {"name": "after"}) for _ in range(20)]
            assert bridge.result("credentials.list")["total_count"] == 41
            status, rest, errors = bridge.end()
        assert (status, rest) == (0, b"")
        told = "the session is not mirrored any more: the mirror cannot be written: No space left on device"
        assert errors.decode() == f"nats-credentials-bridge: warning: {told}\n"
        read, written = mirrored(mounted.folder)
        assert b'"after"' not in read + written
        for result in secrets:
            hides(read + written, secrets_of(secret_of(result)))


def test_files_that_are_slow_hold_up_nothing(home):
    """Each write to them takes half a second."""
    (home / "mirror").mkdir()
    faults = ["-f", "-qq", "-o", "/dev/null", "-P", str(home / "mirror"), "-e", "inject=write:delay_enter=500000"]
    with Bridge(home, *faults, PROGRAM, "--mirror", str(home / "mirror"), executable=STRACE) as bridge:
        for _ in range(200):
            assert bridge.result("bridge.ping") == {}
        bridge.process.stdin.close()
        assert bridge.process.wait(20) == 0


def test_only_serve_is_mirrored(home):
    for command in ("call bridge.ping", "doctor", "schemas", "openrpc"):
        result = run(home, *command.split(), "--mirror", "mirror", cwd=home)
        assert (result.returncode, result.stdout) == (2 if "call" in command else 64, b"") and b"--mirror belongs to serve" in result.stderr
    assert not (home / "mirror").exists()
