"""`call`: one request from the command line, typed by the method's schema; the result on stdout, errors on stderr, and an exit status
that says which kind of thing happened."""

import json
import os
import signal
import socket
import subprocess

import pytest

from bridge import LIMIT, Bridge
from on_terminal import run_on_terminal
from process_tools import call, fill, held_store, make_store, program, read_to_end, state_folder, wait_until_asleep

UNKNOWN_CREDENTIAL = "nats_credentials_id=00000000-0000-4000-8000-000000000000"


def created(home, *arguments):
    """The row of a credential made by `call`, without its secret."""
    result = call(home, "credentials.create", "region=local", "save_to=" + str(home / "app.creds"), "overwrite=true", *arguments)
    assert (result.returncode, result.stderr) == (0, b"")
    return json.loads(result.stdout)


def test_the_result_is_one_line_of_json_and_nothing_else(home):
    result = call(home, "bridge.ping")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"{}\n", b"")
    result = call(home, "credentials.list", "region=local")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.count(b"\n") == 1 and result.stdout.endswith(b"}\n") and b" " not in result.stdout
    assert json.loads(result.stdout)["region"] == "local"


def test_on_a_terminal_the_result_is_pretty(home):
    seen = run_on_terminal(home, "call", "credentials.list", "region=local", "--output=json")
    assert seen.status == 0 and seen.stdout.startswith('{\n  "total_count": 0,\n') and seen.stdout.endswith("\n}\n")
    assert json.loads(seen.stdout)["nats_credentials"] == []


NAMES = ["a=b=c", "two words", "Grüße 東京 🚀", "123", "true", "null", '"quoted"', "{}", " ", "=", ":=", "--help", "\\u0041", "\u202e"]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_text_is_taken_as_it_stands(home, name):
    assert created(home, "name=" + name)["name"] == name


@pytest.mark.parametrize("language", ["C", "C.UTF-8", "de_DE.ISO-8859-1"])
def test_utf8_is_utf8_whatever_the_language(home, language):
    result = call(home, "accounts.create", "region=local", "name=Größe", env={"LANG": language, "LC_ALL": language})
    assert json.loads(result.stdout)["name"] == "Größe" and result.stdout.isascii()


def test_values_are_typed_by_the_schema(home):
    assert created(home, "name=n", "timeout_ms=5000", "if_exists=allow")["name"] == "n"
    assert created(home, 'name:="by JSON"', "timeout_ms:=5000")["name"] == "by JSON"
    result = call(home, "credentials.list", "region=local", "page_size=1", "page=2")
    answer = json.loads(result.stdout)
    assert (answer["page"], answer["page_size"], answer["total_count"], len(answer["nats_credentials"])) == (2, 1, 2, 1)


REFUSED = {
    "an unknown method": ["credentials.lisst"],
    "no method's name": ["--all"],
    "no method": [],
    "no equals sign": ["credentials.list", "page_size"],
    "no key": ["credentials.list", "=5"],
    "no key before JSON": ["credentials.list", ":=5"],
    "not an integer": ["credentials.list", "page_size=ten"],
    "an integer out of range": ["credentials.list", "page_size=101"],
    "not a flag": ["credentials.create", "save_to=x", "overwrite=yes"],
    "a number where a text belongs": ["credentials.create", "name:=5"],
    "not JSON": ["credentials.create", "name:=five"],
    "two JSON values": ["credentials.create", "name:=1 2"],
    "JSON that ends the object": ["credentials.create", 'name:="a"},"x":{'],
    "null": ["credentials.create", "name:=null"],
    "an empty name": ["credentials.create", "name="],
    "a name with a line feed": ["credentials.create", "name=a\nb"],
    "an unknown parameter": ["credentials.list", "regoin=local"],
    "a parameter twice": ["credentials.create", "name=a", "name=b"],
    "a parameter missing": ["credentials.get"],
    "no such id": ["credentials.get", "nats_credentials_id=1"],
    "an account's id for a credential": ["credentials.get", "nats_credentials_id=AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"],
    "--all where nothing is listed": ["credentials.create", "--all"],
    "an option that is none": ["bridge.ping", "--no-such-option"],
    "a protocol nobody speaks": ["bridge.info", "protocol=9"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_what_is_not_a_call_ends_with_2(home, arguments):
    result = call(home, *arguments)
    assert (result.returncode, result.stdout) == (2, b"")
    assert_one_error(result.stderr)
    assert not state_folder(home).exists()


def test_a_name_that_is_not_utf8_is_refused_and_not_changed(home):
    result = call(home, "accounts.create", "region=local", b"name=a\xffb")
    assert (result.returncode, result.stdout) == (2, b"")


def test_an_unknown_name_is_answered_with_the_nearest(home):
    assert b"credentials.list" in call(home, "credentials.lisst").stderr
    assert b"region" in call(home, "credentials.list", "regoin=local").stderr


def test_what_is_not_found_ends_with_3(home):
    result = call(home, "credentials.get", "region=local", UNKNOWN_CREDENTIAL)
    assert (result.returncode, result.stdout) == (3, b"")
    assert_one_error(result.stderr, b"not_found")


def test_what_is_not_configured_ends_with_4(home):
    result = call(home, "credentials.list", env={"SCW_SECRET_KEY": "canary"})
    assert (result.returncode, result.stdout) == (4, b"")
    assert_one_error(result.stderr, b"not_configured")
    assert b"canary" not in result.stderr


def test_a_conflict_ends_with_5(home):
    created(home, "name=n")
    result = call(home, "credentials.create", "region=local", "name=n", "if_exists=fail")
    assert (result.returncode, result.stdout) == (5, b"")
    assert_one_error(result.stderr, b"already_exists")


def test_a_time_that_is_over_ends_with_6(home):
    make_store(home)
    with held_store(home):
        result = call(home, "credentials.create", "region=local", "timeout_ms=200")
    assert (result.returncode, result.stdout) == (6, b"")
    assert_one_error(result.stderr, b"timeout")


def test_a_signal_while_a_change_is_under_way_ends_with_6_and_says_that_nobody_knows(home):
    """After the 3 s that it is given; nothing was lost on the way to stdout, where no error goes."""
    make_store(home)
    streams = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with held_store(home), program(home, "call", "credentials.create", "region=local", "--errors=json", "--log-level=error", **streams) as process:
        wait_until_asleep(process.pid)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=LIMIT)
    error = json.loads(errors)
    assert (process.returncode, output, error["data"]["kind"], error["data"]["outcome"]) == (6, b"", "shutting_down", "unknown")


def test_a_stdout_that_nobody_reads_any_more_ends_with_74(home):
    make_store(home)
    read, write = os.pipe()
    with held_store(home), program(home, "call", "credentials.create", "region=local", stdout=write, stderr=subprocess.PIPE) as process:
        os.close(write)
        wait_until_asleep(process.pid)
        os.close(read)
        assert process.wait(LIMIT) == 74


def test_a_damaged_store_ends_with_1(home):
    make_store(home)
    (state_folder(home) / "store.db").write_bytes(b"not a database at all" * 1000)
    result = call(home, "credentials.list", "region=local")
    assert (result.returncode, result.stdout) == (1, b"")
    assert_one_error(result.stderr, b"storage")


def test_a_file_that_exists_ends_with_1_and_nothing_is_made(home):
    (home / "app.creds").write_bytes(b"mine")
    result = call(home, "credentials.create", "region=local", "save_to=app.creds", cwd=home)
    assert (result.returncode, result.stdout) == (1, b"")
    assert_one_error(result.stderr, b"save_failed")
    assert (home / "app.creds").read_bytes() == b"mine"


@pytest.mark.parametrize("method", ["credentials.list", "credentials.stream"])
def test_all_gives_every_row_on_a_line_of_its_own(home, method):
    with Bridge(home, "--region", "local") as bridge:
        for number in range(120):
            bridge.result("credentials.create", {"name": f"n{number:03}"})
    result = call(home, method, "--all", "order_by=name_desc", "region=local")
    assert (result.returncode, result.stderr) == (0, b"")
    names = [json.loads(line)["name"] for line in result.stdout.splitlines()]
    assert names == [f"n{number:03}" for number in reversed(range(120))]


def test_all_of_nothing_is_nothing(home):
    result = call(home, "accounts.list", "--all", "--region", "local")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_an_incomplete_list_says_so_and_where_to_go_on(home):
    with Bridge(home, "--region", "local") as bridge:
        for _ in range(3):
            bridge.result("credentials.create")
    result = call(home, "credentials.list", "--all", "max_pages=1", "page_size=2", "region=local")
    assert result.returncode == 0 and result.stdout.count(b"\n") == 2
    cursor = result.stderr.decode().strip().rsplit("cursor=", 1)[1]
    result = call(home, "credentials.list", "--all", "page_size=2", "cursor=" + cursor, "region=local")
    assert (result.returncode, result.stdout.count(b"\n"), result.stderr) == (0, 1, b"")


def test_the_first_unwritten_use_of_local_is_one_warning_beside_the_result(home):
    result = call(home, "accounts.list")
    assert result.returncode == 0 and json.loads(result.stdout)["region"] == "local"
    assert result.stderr.count(b"\n") == 1 and b"warning" in result.stderr


def test_standard_input_is_not_read(home):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(b'{"jsonrpc":"2.0","id":1,"method":"accounts.create"}\n')
        with program(home, "call", "bridge.ping", stdin=theirs, stdout=subprocess.PIPE) as process:
            assert process.stdout.read() == b"{}\n"
            assert process.wait(LIMIT) == 0
        assert theirs.recv(100, socket.MSG_DONTWAIT).startswith(b'{"jsonrpc"')


@pytest.mark.parametrize("arguments", [["credentials.get"], ["no.method"], ["credentials.list"]])
def test_a_full_stderr_never_blocks_a_call(home, arguments):
    read, write = os.pipe()
    try:
        fill(write)
        os.set_blocking(write, True)
        with program(home, "call", *arguments, stdout=subprocess.PIPE, stderr=write) as process:
            os.close(write)
            assert process.wait(5) == (0 if arguments == ["credentials.list"] else 2)
            assert b"x" in read_to_end(read)
    finally:
        os.close(read)


def test_an_error_s_path_neither_starts_a_line_nor_moves_a_cursor(home):
    hostile = home / "a\nforged: \x1b[2J\u202e"
    hostile.mkdir()
    (hostile / "app.creds").touch()
    (home / "link").symlink_to(hostile)
    result = call(home, "credentials.create", "region=local", "save_to=" + str(home / "link" / "app.creds"))
    assert (result.returncode, result.stdout) == (1, b"")
    assert_one_error(result.stderr, b"save_failed")


def assert_one_error(text, kind=b""):
    """One printable line that begins with the program's name and the error's kind."""
    assert text.startswith(b"nats-credentials-bridge: " + kind)
    assert text.endswith(b"\n") and text.count(b"\n") == 1
    assert all(0x20 <= byte < 0x7F for byte in text[:-1]), text
