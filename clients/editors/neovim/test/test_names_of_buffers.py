"""natscreds://…: what `:edit` and a session make of the buffers' names."""

import pytest

from editor import CLEAN
from revoking import eventually

OPTIONS = "return {vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile, vim.bo.modifiable, vim.bo.filetype, vim.wo.wrap}"
OURS = ["nofile", "wipe", False, False, "natscreds", False]
KINDS = [("credentials", "list", "0 credentials"), ("accounts", "accounts", "0 accounts"), ("info", "info", "protocol 1")]


@pytest.mark.parametrize(("noun", "command", "line"), KINDS)
def test_editing_the_name_shows_it(editor, noun, command, line):
    editor.keys(f":edit natscreds://{noun}<CR>")
    editor.shows(line)
    assert editor.lua(OPTIONS) == OURS and len(editor.nvim.windows) == 1
    editor.command(command)
    editor.shows(line)
    editor.keys(":edit<CR>")
    editor.shows(line)
    assert editor.lua(OPTIONS) == OURS and len(editor.nvim.windows) == 1


@pytest.mark.parametrize("made", ["badd", "noautocmd edit"])
@pytest.mark.parametrize(("noun", "command", "line"), KINDS)
def test_a_buffer_of_that_name_that_somebody_else_made_is_taken_over(editor, made, noun, command, line):
    editor.keys(f":{made} natscreds://{noun}<CR>")
    editor.command(command)
    editor.shows(line)
    assert editor.lua(OPTIONS) == OURS
    editor.keys("q")
    eventually(lambda: editor.lua("return vim.fn.bufexists(...)", f"natscreds://{noun}") == 0, "the key q does nothing")


def test_a_name_has_its_filters(editor):
    editor.command("list order_by=100%&more")
    editor.says("credentials.stream: invalid_params: ")
    assert editor.nvim.current.buffer.name == "natscreds://credentials?order_by=100%25%26more"
    editor.keys(":messages clear<CR>:edit<CR>")
    editor.says("credentials.stream: invalid_params: ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("natscreds://nonsense", "there are: natscreds://accounts, natscreds://credentials, natscreds://info"),
        ("natscreds://credentials?colour=red", "colour is no argument here; there are: nats_account_id, order_by, project_id, region"),
        ("natscreds://info?region=local", "it takes no arguments"),
    ],
)
def test_a_wrong_name_is_told(editor, name, said):
    editor.keys(f":edit {name}<CR>")
    editor.says(f"natscreds: {name} cannot be opened: {said}")


def test_a_session_opens_its_lists_again(editor, start):
    editor.command("list region=local")
    editor.shows("0 credentials")
    editor.keys(":mksession session.vim<CR>")
    editor.command("create app")
    editor.says("created app, saved in ")
    other = start(arguments=(*CLEAN, "-S", "session.vim"))
    other.shows("1 credential")
    assert other.nvim.current.buffer.name == "natscreds://credentials?region=local" and other.lua(OPTIONS) == OURS
    assert len(other.nvim.windows) == 2
