"""What `call` takes for scripts: parameters on stdin, one member of the result, errors as JSON, and the forms of a result."""

import hashlib
import json
import os
import subprocess

import pytest

from bridge import LIMIT, Bridge
from documents import COMMITTED
from process_tools import call, files_below, program, run, state_folder, wait_until_asleep

LOCAL = ("--region", "local")


@pytest.fixture
def three(home):
    """A home with three credentials; gives their ids in the order of their creation."""
    with Bridge(home, *LOCAL) as bridge:
        return [bridge.result("credentials.create", {"name": name})["id"] for name in ("one", "two", "Größe 東京")]


# Parameters on stdin.


def params(home, text, *arguments, method="credentials.list", **more):
    return call(home, method, "--params", "-", *LOCAL, *arguments, input=text.encode() if isinstance(text, str) else text, **more)


def test_params_come_from_stdin_as_they_stand(home):
    text = '\ufeff{"name": "a=b \\"c\\"\\u00e9 東京",\n\t"save_to":\n"app.creds"}\n'.lstrip("\ufeff")
    result = params(home, text, method="credentials.create", cwd=home)
    assert (result.returncode, result.stderr) == (0, b"") and json.loads(result.stdout)["name"] == 'a=b "c"é 東京'
    assert (home / "app.creds").exists()


def test_params_of_stdin_and_of_the_command_line_are_one_object(home, three):
    result = params(home, '{"page_size": 1}', "page=3", "--field", "nats_credentials.0.id")
    assert result.stdout.decode().split() == [three[2]]
    result = params(home, '{"page_size": 1}', "page_size=2")
    assert result.returncode == 2 and b"page_size is a duplicate" in result.stderr


REFUSED = {
    "nothing": ("", "stdin is empty"),
    "white space": (" \r\n\t", "stdin is empty"),
    "no JSON": ("page_size=1", "stdin is not JSON"),
    "half an object": ('{"page_size":1', "stdin is not JSON"),
    "two objects": ("{} {}", "stdin is not JSON"),
    "not UTF-8": (b'{"order_by":"\xff"}', "stdin is not JSON"),
    "half a character": ('{"order_by":"\\ud800"}', "stdin is not JSON"),
    "an array": ("[1]", "stdin is an array"),
    "null": ("null", "stdin is null"),
    "a string": ('"{}"', "stdin is a string"),
    "a number": ("1", "stdin is a number"),
    "a parameter that is none": ('{"pagesize":1}', "did you mean page_size?"),
    "a parameter of another type": ('{"page_size":"1"}', "page_size must be an integer"),
    "a parameter twice": ('{"page":1,"page":1}', "page is a duplicate"),
    "too much": ('{"order_by":"' + "x" * (8 << 20) + '"}', "longer than 8388608 bytes"),
}


@pytest.mark.parametrize("text, words", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_on_stdin_is_said(home, text, words):
    result = params(home, text)
    assert (result.returncode, result.stdout) == (2, b"")
    assert words in result.stderr.decode() and result.stderr.count(b"\n") == 1
    assert not state_folder(home).exists()


def test_stdin_that_is_closed_is_empty(home):
    result = call(home, "credentials.list", "--params", "-", *LOCAL, preexec_fn=lambda: os.close(0), input=None)
    assert result.returncode == 2 and b"stdin is empty" in result.stderr


def test_stdin_that_does_not_block_is_waited_for(home):
    """Another process that has the same pipe may have made it so, as Node and asyncio do."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    arguments = ("call", "accounts.create", "--params=-", "--field", "name", *LOCAL)
    with program(home, *arguments, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(read)
        for text in (b'{"name":', b'"late"}'):
            wait_until_asleep(process.pid)
            os.write(write, text)
        os.close(write)
        assert process.communicate(timeout=LIMIT) == (b"late\n", b"") and process.returncode == 0


def test_json_on_the_command_line_may_stand_on_several_lines(home):
    result = call(home, "credentials.create", "name:=\n\"a\"\n", "save_to=a.creds", "--field", "name", *LOCAL, cwd=home)
    assert (result.returncode, result.stdout) == (0, b"a\n")


# One member.


def test_a_field_is_the_member_s_raw_text(home, three):
    def field(name, *arguments, method="credentials.list"):
        result = call(home, method, "--field", name, *arguments, *LOCAL)
        assert (result.returncode, result.stderr) == (0, b"")
        return result.stdout.decode()

    assert field("total_count") == "3\n" and field("next_page") == "null\n" and field("region") == "local\n"
    assert field("nats_credentials.2.name") == "Größe 東京\n"
    rows = json.loads(field("nats_credentials"))
    assert [row["id"] for row in rows] == three
    assert field("name", "--all", "order_by=created_at_asc").split("\n") == ["one", "two", "Größe 東京", ""]
    assert field("id", method="credentials.stream").split() == three
    assert json.loads(field("limits", method="bridge.info"))["depth"] == 128


def test_the_secret_is_byte_for_byte_what_its_checksum_says(home):
    result = call(home, "credentials.create", "name=app", "--field", "credentials.content", *LOCAL)
    row = json.loads(call(home, "credentials.list", "--output", "lines", *LOCAL).stdout)
    assert result.returncode == 0 and hashlib.sha1(result.stdout).hexdigest() == row["checksum"]


def test_a_field_of_a_saved_credential(home):
    result = call(home, "credentials.create", "save_to=app.creds", "--field", "saved.path", *LOCAL, cwd=home)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{home}/app.creds\n".encode(), b"")


def test_a_field_that_is_not_there_is_told_with_those_that_are(home, three):
    def missing(*arguments):
        result = call(home, *arguments, *LOCAL)
        assert (result.returncode, result.stdout) == (2, b"") and result.stderr.count(b"\n") == 1
        return result.stderr.decode()

    assert "the result has total_count, nats_credentials, page" in missing("credentials.list", "--field", "ids")
    assert "nats_credentials has 3 elements" in missing("credentials.list", "--field", "nats_credentials.3")
    assert "nats_credentials.0 has id, name" in missing("credentials.list", "--field", "nats_credentials.0.nam")
    assert "page is a number" in missing("credentials.list", "--field", "page.x")
    assert "next_page is null" in missing("credentials.list", "--field", "next_page.x")
    assert "the result has no members" in missing("bridge.ping", "--field", "x")
    assert "the result has id, name" in missing("credentials.list", "--all", "--field", "ids")


@pytest.mark.parametrize("field", ["idd", "saved.file", "credentials.text", "replaced.x", "replaced.-1", "created_at.x", "pushed.0"])
def test_of_a_change_a_field_that_is_not_there_is_refused_before_it(home, field):
    result = call(home, "credentials.create", "save_to=app.creds", "--field", field, *LOCAL, cwd=home)
    assert (result.returncode, result.stdout) == (2, b"") and b"there is no field" in result.stderr
    assert files_below(home) == []


@pytest.mark.parametrize("target", ["save_to=app.creds", "nats_context=app"])
def test_a_secret_that_goes_to_a_file_is_no_field(home, target):
    result = call(home, "credentials.create", target, "--field", "credentials.content", *LOCAL, cwd=home)
    assert (result.returncode, result.stdout) == (2, b"") and b"--field saved.path" in result.stderr
    assert files_below(home) == []


@pytest.mark.parametrize("field", ["credentials", "nats_context", "nats_context.path", "replaced.0", "not_deleted"])
def test_what_a_change_goes_without_is_null(home, field):
    result = call(home, "credentials.create", "save_to=app.creds", "--field", field, *LOCAL, cwd=home)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"null\n", b"")
    assert (home / "app.creds").exists()


@pytest.mark.parametrize("field", ["id", "saved.path", "credentials.name"])
def test_a_field_that_would_lose_the_secret_is_refused(home, field):
    result = call(home, "credentials.create", "--field", field, *LOCAL)
    assert (result.returncode, result.stdout) == (2, b"") and b"the secret would be lost" in result.stderr
    assert files_below(home) == []


# Errors.


def error(result):
    assert result.stdout == b"" and result.stderr.count(b"\n") == 1 and result.stderr.isascii()
    return json.loads(result.stderr)


def test_an_error_as_json_is_that_of_the_response(home):
    unknown = {"nats_credentials_id": "00000000-0000-4000-8000-000000000000"}
    result = call(home, "credentials.get", "--params=-", "--errors", "json", *LOCAL, input=json.dumps(unknown).encode())
    with Bridge(home, *LOCAL) as bridge:
        assert result.returncode == 3 and error(result) == bridge.error("credentials.get", unknown)


REFUSALS = [
    (["credentials.lisst"], -32601, "method_not_found"), (["credentials.list", "page_size=0"], -32602, "invalid_params"), (["credentials.list", "x"], -32602, "invalid_params"),
    (["credentials.list", "page:=x"], -32602, "invalid_params"), (["bridge.ping", "--all"], -32602, "invalid_params"), (["credentials.list", "--field", "x"], -32602, "invalid_params"),
    (["credentials.create", "--field", "id"], -32602, "invalid_params"),
]  # fmt: skip


@pytest.mark.parametrize("arguments, code, kind", REFUSALS, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_what_the_command_line_refuses_is_an_error_of_the_same_form(home, arguments, code, kind):
    result = call(home, *arguments, "--errors", "json", *LOCAL)
    told = error(result)
    assert result.returncode == 2 and (told["code"], told["data"]["kind"], told["data"]["outcome"]) == (code, kind, "none")
    assert {"retryable", "fields"} <= set(told["data"]) or kind == "method_not_found"


# Forms of a result.


def test_json_and_lines(home, three):
    def output(form, *arguments):
        result = call(home, *arguments, "--output", form, *LOCAL)
        assert (result.returncode, result.stderr) == (0, b"") and result.stdout.isascii()
        return result.stdout

    page = call(home, "credentials.list", *LOCAL).stdout
    assert output("json", "credentials.list") == page
    rows = [json.loads(line) for line in output("lines", "credentials.list").splitlines()]
    assert rows == json.loads(page)["nats_credentials"] and [row["id"] for row in rows] == three
    assert output("lines", "credentials.list", "--all") == call(home, "credentials.list", "--all", *LOCAL).stdout
    assert json.loads(output("json", "credentials.list", "--all", "page_size=1")) == rows
    assert output("json", "accounts.stream", "max_pages=1").startswith(b'[{"id":"A')
    assert output("lines", "bridge.ping") == output("json", "bridge.ping") == b"{}\n"


def test_json_of_an_empty_stream_is_an_empty_array(home):
    assert call(home, "credentials.list", "--all", "--output", "json", *LOCAL).stdout == b"[]\n"


USAGE = [
    ["--output", "yaml"], ["--output"], ["--field", ""], ["--field", "a..b"], ["--field"], ["--params", "{}"], ["--params", "x.json"], ["--errors", "xml"], ["--errors"],
    ["--output", "json", "--field", "id"], ["--output", "lines", "--field", "id"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_what_these_options_do_not_take(home, arguments):
    result = call(home, "credentials.list", *arguments, *LOCAL)
    assert (result.returncode, result.stdout) == (2, b"") and result.stderr.count(b"\n") == 1
    assert files_below(home) == []


@pytest.mark.parametrize("arguments", [["bridge.info"], ["credentials.create"], ["accounts.get"]], ids=" ".join)
def test_a_table_is_for_lists(home, arguments):
    result = call(home, *arguments, "--output", "table", *LOCAL)
    assert (result.returncode, result.stdout) == (2, b"") and b"--output table is for methods that list" in result.stderr
    assert files_below(home) == []


@pytest.mark.parametrize("option", ["--output=json", "--field=id", "--params=-", "--errors=json"])
def test_they_belong_to_call(home, option):
    for command in ([], ["serve"], ["doctor"], ["schemas"]):
        assert run(home, *command, option).returncode == 64


def test_the_schemas_know_the_members_that_are_asked_for_here():
    result = json.loads((COMMITTED / "credentials.create.json").read_text())["properties"]["result"]["properties"]
    assert {"saved", "credentials", "nats_context"} <= set(result) and result["credentials"]["properties"]["content"]["x-secret"]
