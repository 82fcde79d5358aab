"""Answers that come while a prompt is open, while one inserts text, or together; and callbacks that raise."""

import os
import signal

from revoking import eventually


def test_a_line_that_comes_in_two_halves_while_a_prompt_is_open(start, stand_in):
    """The prompt is opened by the response before the line."""
    editor = start(program=stand_in("packed")[0])
    editor.lua("vim.notify = function(message) _said, _typed = message, vim.fn.input('a prompt: ') end")
    editor.command("list")
    editor.shows("n  ")
    editor.lua("require('natscreds.bridge').call('credentials.get', {}, function() vim.notify('answered') end)")
    eventually(editor.is_asked, "there is no prompt")
    os.kill(editor.bridge_pid(), signal.SIGUSR1)
    eventually(lambda: any(line.startswith("second ") for line in editor.nvim.current.buffer[:]), "the line was not read")
    editor.keys("<CR>")
    eventually(lambda: not editor.is_asked(), "the prompt stays")
    assert editor.lua("return _said") == "answered"


def test_a_callback_that_raises_loses_nothing_that_came_with_it(start, stand_in):
    editor = start(program=stand_in("packed")[0])
    editor.command("list")
    editor.shows("n  ")
    editor.lua("vim.notify = function() error('from a callback', 0) end")
    editor.command("create app")
    eventually(editor.is_asked, "the error is not shown")
    editor.keys("<CR>")
    editor.shows("second ")
    eventually(lambda: editor.lines()[-1] == "2 credentials", "the end of the list was lost")


def test_a_failure_while_a_prompt_is_open_is_told_after_it(start, stand_in):
    program, log = stand_in("silent")
    editor = start(program=program)
    editor.command("list")
    eventually(lambda: "credentials.stream" in log.read_text(), "the list is not asked for")
    pid = editor.bridge_pid()
    editor.command("create")
    editor.answer("half a na")
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: editor.bridge_pid() is None, "the death is not noticed")
    editor.keys("me<CR>")
    editor.says("credentials.stream: bridge_ended: nats-credentials-bridge was ended by signal 9")
    eventually(lambda: '"half a name"' in log.read_text(), "the response was lost")


def test_a_message_too_long_for_the_screen_waits_for_the_end_of_inserting(start):
    editor = start(columns=80)
    editor.keys("i")
    editor.nvim.command(f"NatsCreds create app save_to={'missing/' * 20}app.creds")
    editor.round_trip("credentials.list")
    editor.keys("typed")
    eventually(lambda: editor.lines() == ["typed"], "the keys were taken by something else")
    editor.keys("<Esc>")
    eventually(editor.is_asked, "the message does not come")
    editor.keys("<CR>")
    editor.says("create app: save_failed: ")


def test_a_message_that_fits_is_shown_while_one_inserts(start, stand_in):
    editor = start(columns=80, program=stand_in("service")[0])
    editor.keys("i")
    editor.nvim.command("NatsCreds create app")
    editor.says("created app, saved in /p (0600)")
    assert editor.nvim.api.get_mode()["mode"] == "i"
