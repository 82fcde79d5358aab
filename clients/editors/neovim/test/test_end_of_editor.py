"""The editor ends, and what it has started with it; but a change that was asked for is made."""

import json
import os
import signal

import pytest

from editor import dies, is_alive
from revoking import eventually


@pytest.mark.parametrize("end", [":qall!<CR>", ":cquit<CR>", "ZZZZ"])
def test_the_bridge_ends_with_the_editor(warm, end):
    pid = warm.bridge_pid()
    warm.keys(end)
    dies(pid)


def test_a_create_is_made_though_the_editor_ends_at_once(here, editor):
    editor.nvim.command("NatsCreds create app")
    editor.keys(":qall!<CR>")
    eventually(lambda: not is_alive(editor.pid), "the editor does not end")
    assert (here.folder / "app.creds").exists() and here.rows("SELECT name FROM credentials") == [("app",)]


def test_the_end_of_the_editor_waits_for_the_hello_if_a_change_does(start, stand_in):
    program, log = stand_in("hesitant")
    editor = start(program=program)
    editor.nvim.command("NatsCreds create app")
    editor.nvim.command("NatsCreds list")
    pid = editor.bridge_pid()
    eventually(log.read_text, "the program does not start")
    editor.keys(":qall!<CR>")
    eventually(lambda: editor.lua("return vim.v.exiting == 0"), "the editor does not begin to end")
    os.kill(pid, signal.SIGUSR1)
    dies(editor.pid)
    dies(pid)
    assert [json.loads(line)["method"] for line in log.read_text().splitlines()] == ["bridge.info", "credentials.create"]


def test_a_change_that_could_not_be_sent_before_the_end_is_told(here, start, stand_in):
    program, log = stand_in("hesitant")
    editor = start(program=program)
    editor.lua("vim.notify = function(message) vim.fn.writefile({ message }, 'said', 'a') end")
    editor.nvim.command("NatsCreds create app")
    editor.keys(":qall!<CR>")
    eventually(lambda: not is_alive(editor.pid), "the editor does not end")
    said = (here.folder / "said").read_text()
    assert said.startswith("natscreds: nats-credentials-bridge has not answered before the end of the editor, so nothing was made or deleted\n")
    assert [json.loads(line)["method"] for line in log.read_text().splitlines()] == ["bridge.info"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_bridge_ends_with_an_editor_that_is_killed(warm, number):
    pid = warm.bridge_pid()
    os.kill(warm.pid, number)
    dies(pid)


def test_a_program_that_does_not_want_to_end_is_ended(start, stand_in):
    """Two seconds after the end of its input by SIGTERM, six seconds later by SIGKILL."""
    editor = start(program=stand_in("stubborn")[0])
    editor.command("list")
    editor.shows("1 credential")
    pid = editor.bridge_pid()
    editor.keys(":qall!<CR>")
    dies(pid)
