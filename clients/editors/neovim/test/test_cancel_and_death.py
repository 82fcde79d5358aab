"""What ends early: requests that are cancelled or out of time, and a bridge that dies."""

import os
import signal

import pytest

from editor import LISTEN, dies
from process_tools import held_store
from revoking import eventually


@pytest.mark.parametrize("how", [":NatsCreds cancel<CR>", "<C-c>"])
def test_a_create_that_waits_is_cancelled(here, warm, how):
    with held_store(here.folder):
        warm.command("create app")
        warm.keys(how)
        warm.says("cancelling: 1")
        warm.says("create app: cancelled: the request was cancelled")
    assert here.rows("SELECT * FROM credentials") == [] and not (here.folder / "app.creds").exists()


def test_a_cancelled_list_says_so_and_more_goes_on(here, warm):
    with held_store(here.folder):
        warm.command("create app")
        warm.keys("R")
        warm.shows("fetching…")
        warm.keys("<C-c>")
        warm.says("cancelling: 2")
        warm.shows("stopped: cancelled: the request was cancelled · > goes on")
    warm.keys(">")
    # The create may have been too far to be cancelled.
    eventually(lambda: warm.lines()[-1] in ("0 credentials", "1 credential"), "the list does not go on")


def test_with_nothing_to_cancel_it_says_so(editor):
    editor.command("cancel")
    editor.says("nothing is running")


def test_a_bridge_killed_in_mid_call_is_told_at_once_and_the_next_command_starts_another(here, warm):
    first = warm.bridge_pid()
    with held_store(here.folder):
        warm.command("create app")
        warm.keys("R")
        warm.shows("fetching…")
        os.kill(first, signal.SIGKILL)
        warm.says("create app: bridge_ended: nats-credentials-bridge was ended by signal 9. The next command starts a new one")
        assert "the change may have been made: check before you retry it" in warm.messages()
        warm.shows("stopped: bridge_ended: ")
    warm.command("create app")
    warm.says("created app, saved in ")
    assert warm.bridge_pid() not in (None, first)


def test_a_bridge_killed_between_calls_is_told_and_replaced(warm):
    first = warm.bridge_pid()
    os.kill(first, signal.SIGKILL)
    warm.says("natscreds: nats-credentials-bridge was ended by signal 9. The next command starts a new one")
    warm.keys("R")
    eventually(lambda: warm.bridge_pid() not in (None, first), "no other bridge")
    warm.shows("0 credentials")


def test_the_last_lines_of_stderr_are_told_though_a_child_holds_the_pipes(start, stand_in):
    editor = start(program=stand_in("holder")[0])
    editor.command("list")
    editor.shows("1 credential")
    pid = editor.bridge_pid()
    os.kill(pid, signal.SIGKILL)
    editor.says("was ended by signal 9; the last lines of its stderr: the first line | the last line")
    # The child, which held them all the time.
    os.killpg(pid, signal.SIGKILL)


def test_a_flood_on_stderr_stops_nothing(start, stand_in):
    editor = start(program=stand_in("flood")[0])
    editor.command("list")
    editor.shows("1 credential")


def test_a_line_that_is_no_json_ends_the_bridge(start, stand_in):
    program, _ = stand_in("garbled")
    editor = start(program=program)
    editor.command("list")
    editor.says(f"{program} wrote a line that is not JSON-RPC. The next command starts a new one")


def test_a_create_that_is_out_of_time_may_have_happened(start, stand_in):
    """The limit is timeout_ms and 15 s."""
    editor = start(program=stand_in("late")[0])
    editor.lua(LISTEN)
    editor.setup(timeout_ms=1)
    editor.command("create app")
    editor.says("create app: timeout: no response within 16 s (the change may have been made: check before you retry it)")
    editor.says("credentials.create, which was given up, has been carried out after all")
    (first, unknown), (second, made) = editor.lua("return _events")
    assert (first, second) == ("OutcomeUnknown", "Created")
    assert unknown == {"method": "credentials.create", "name": "app", "kind": "timeout"} and made["path"] == "/p"


def test_an_answer_without_result_and_error_is_a_failure(start, stand_in):
    editor = start(program=stand_in("bare")[0])
    editor.command("create app")
    editor.says("create app: bad_answer: the response has neither a result nor an error (the change may have been made: check before you retry it)")


def test_a_stop_of_the_bridge_does_not_stop_the_editor(here, warm):
    pid = warm.bridge_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        warm.command("create app")
        warm.command("list")
        warm.keys(":let typed = 1<CR>")
        eventually(lambda: warm.lua("return vim.g.typed") == 1, "the editor does nothing")
    finally:
        os.kill(pid, signal.SIGCONT)
    warm.says("created app, saved in ")


def test_new_options_take_another_bridge_and_the_old_one_answers_first(here, warm):
    first = warm.bridge_pid()
    with held_store(here.folder):
        warm.nvim.command("NatsCreds create app")
        warm.setup(region="local")
        assert warm.bridge_pid() is None
    warm.says("created app, saved in ")
    dies(first)
