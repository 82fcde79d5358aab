"""Lists as a table where a person looks, through real terminals; everything else is what it is for scripts."""

import json
import re
import subprocess

import pytest

from bridge import Bridge
from on_terminal import run_on_terminal
from process_tools import call

LOCAL = ("--region", "local")
BOLD = r"\x1b\[1m(\w+)\x1b\[0m"


@pytest.fixture
def two(home):
    with Bridge(home, *LOCAL) as bridge:
        return [bridge.result("credentials.create", {"name": name}) for name in ("app", "a name of 東京 that is as long as names get")]


def looked_at(home, *arguments, **more):
    seen = run_on_terminal(home, "call", *arguments, *LOCAL, **more)
    assert seen.status == 0, seen
    return seen


def columns(text):
    return re.sub(r"\x1b\[[0-9]*m", "", text.splitlines()[0]).split()


@pytest.mark.parametrize("method", ["credentials.list", "credentials.stream"])
def test_a_list_is_a_table_that_fits_the_terminal(home, two, method):
    seen = looked_at(home, method)
    title, *rows = seen.stdout.splitlines()
    assert re.findall(BOLD, title) == ["NAME", "ID", "CREATED", "STATE"] and seen.stderr == ""
    assert re.fullmatch(rf"app +  {two[0]['id']}  (just now|\d+ seconds ago) +active", rows[0])
    assert re.fullmatch(rf"a name of .*…  {two[1]['id']}  .*active", rows[1])
    # Of the Japanese characters each takes two columns.
    assert len(rows) == 2 and all(len(row) + len(re.findall(r"[東京]", row)) <= 80 for row in rows)


def test_wide_terminals_show_more_and_narrow_ones_keep_the_id_whole(home, two):
    assert columns(looked_at(home, "credentials.list", columns=200).stdout) == ["NAME", "ID", "CREATED", "STATE", "ACCOUNT"]
    assert two[1]["name"] in looked_at(home, "credentials.list", columns=200).stdout
    narrow = looked_at(home, "credentials.list", columns=50).stdout
    assert columns(narrow) == ["NAME", "ID"] and all(row["id"] in narrow for row in two)
    assert columns(looked_at(home, "accounts.list", columns=120).stdout) == ["NAME", "ID", "CREATED", "STATE", "ENDPOINT"]


def test_a_table_has_no_secret_and_no_colour_where_none_is_wanted(home, two):
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
        assert "\x1b" not in looked_at(home, "credentials.list", env=environment).stdout
    # https://no-color.org: an empty one counts as not set.
    shown = looked_at(home, "credentials.list", env={"NO_COLOR": ""}).stdout
    assert re.search(BOLD, shown) and two[0]["credentials"]["content"][:40] not in shown


def test_where_only_ascii_is_shown_everything_else_is_written_out(home, two):
    shown = looked_at(home, "credentials.list", env={"LC_ALL": "C"}, columns=200).stdout
    assert shown.isascii() and r"a name of \u{6771}\u{4eac} that" in shown
    assert "..." in looked_at(home, "credentials.list", env={"LC_ALL": "C"}).stdout


def test_a_name_neither_moves_the_cursor_nor_turns_the_line(home):
    with Bridge(home, *LOCAL) as bridge:
        bridge.result("credentials.create", {"name": "\u202egpj.exe \u2066x"})
    shown = looked_at(home, "credentials.list", columns=200).stdout
    assert r"\u{202e}gpj.exe \u{2066}x" in shown and "\u202e" not in shown
    # A field is for programs, but not on a terminal.
    assert looked_at(home, "credentials.list", "--all", "--field", "name").stdout == "\\u{202e}gpj.exe \\u{2066}x\n"
    assert call(home, "credentials.list", "--all", "--field", "name", *LOCAL).stdout == "\u202egpj.exe \u2066x\n".encode()


def test_a_page_says_what_it_leaves_out_and_an_empty_list_that_it_is_empty(home, two):
    seen = looked_at(home, "credentials.list", "page_size=1")
    assert len(seen.stdout.splitlines()) == 2 and seen.stderr == "nats-credentials-bridge: 1 of 2; page=2 shows more, --all shows all\n"
    assert len(looked_at(home, "credentials.list", "--all", "page_size=1").stdout.splitlines()) == 3
    for more in ([], ["--all"]):
        seen = looked_at(home, "credentials.list", "nats_account_id=AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C", *more)
        assert (seen.stdout, seen.stderr) == ("", "nats-credentials-bridge: the list is empty\n")


def test_what_is_no_list_is_json_with_indents(home, two):
    seen = looked_at(home, "credentials.get", f"nats_credentials_id={two[0]['id']}")
    assert seen.stdout.startswith('{\n  "id": ') and json.loads(seen.stdout)["name"] == "app"
    seen = looked_at(home, "credentials.list", "--output", "json")
    assert seen.stdout.startswith('{\n  "total_count": 2,\n') and seen.stderr == ""
    seen = looked_at(home, "credentials.list", "--output", "lines")
    assert [json.loads(line)["id"] for line in seen.stdout.splitlines()] == [row["id"] for row in two]


def test_scripts_get_json_also_where_stderr_is_a_terminal(home, two):
    seen = looked_at(home, "credentials.list", looked_at=["stderr"])
    assert seen.stdout.startswith('{"total_count":2,') and seen.stderr == ""
    assert looked_at(home, "credentials.list", "--all", looked_at=["stderr"]).stdout.count('{"id":') == 2


def test_a_table_that_is_asked_for_goes_through_a_pipe_whole(home, two):
    result = call(home, "credentials.list", "--output", "table", *LOCAL, env={"LC_ALL": "C.UTF-8", "TERM": "xterm"})
    assert (result.returncode, result.stderr) == (0, b"") and b"\x1b" not in result.stdout
    text = result.stdout.decode()
    assert columns(text) == ["NAME", "ID", "CREATED", "STATE", "ACCOUNT"] and two[1]["name"] in text and two[0]["nats_account_id"] in text


def test_an_error_on_a_terminal_is_an_error(home):
    seen = run_on_terminal(home, "call", "credentials.list", "page_size=0", *LOCAL)
    assert (seen.status, seen.stdout) == (2, "") and seen.stderr.startswith("nats-credentials-bridge: invalid_params: page_size must be")


def test_doctor_has_colours_for_people_alone(home):
    assert "\x1b[32mok\x1b[0m libcrypto: found\n" in run_on_terminal(home, "doctor").stdout
    assert "\x1b" not in run_on_terminal(home, "doctor", env={"NO_COLOR": "1"}).stdout
    assert "\x1b" not in run_on_terminal(home, "doctor", looked_at=["stderr"]).stdout
    assert json.loads(run_on_terminal(home, "doctor", "--json").stdout)["passed"] is True


def test_params_may_be_typed(home):
    seen = run_on_terminal(home, "call", "accounts.create", "--params", "-", "--field", "name", *LOCAL, input=typed('{"name": "team"}'))
    assert (seen.status, seen.stdout, seen.stderr) == (0, "team\n", "")


def typed(text):
    """A stdin with a text."""
    return subprocess.Popen(["printf", "%s", text], stdout=subprocess.PIPE).stdout
