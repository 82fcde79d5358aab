"""Where the cursor begins, and the colours."""

import pytest

from editor import PLUGIN
from revoking import create

LINKS = {"NatsCredsKeys": "Comment", "NatsCredsHeading": "Title", "NatsCredsRevoking": "WarningMsg", "NatsCredsFooter": "Comment"}


@pytest.fixture
def three(here):
    with here.bridge() as bridge:
        for name in ("first", "second", "third"):
            create(bridge, name)
        assert bridge.end()[0] == 0


def row(editor):
    return editor.nvim.current.window.cursor[0]


@pytest.mark.parametrize("keys", [":NatsCreds list<CR>", ":edit natscreds://credentials<CR>", ":vertical NatsCreds list<CR>"])
def test_the_cursor_begins_on_the_first_row(editor, three, keys):
    editor.keys(keys)
    editor.shows("3 credentials")
    assert editor.nvim.current.line.startswith("first")
    # Also when it is read anew.
    editor.keys("2jR")
    editor.round_trip()
    editor.shows("3 credentials")
    assert editor.nvim.current.line.startswith("first")
    editor.keys("ggD")
    editor.says("there is no credential under the cursor")


def test_the_cursor_of_the_accounts_too(editor, three):
    editor.command("accounts")
    editor.shows("1 account")
    assert editor.nvim.current.line.startswith("default")


def test_a_session_begins_on_the_first_row(editor, start, three):
    editor.command("list")
    editor.shows("3 credentials")
    editor.keys(":mksession session.vim<CR>:qall!<CR>")
    again = start(arguments=("--clean", "--cmd", f"set runtimepath^={PLUGIN}", "-S", "session.vim"))
    again.shows("3 credentials")
    assert again.nvim.current.line.startswith("first")


def test_a_list_that_is_empty_has_it_on_its_last_line(editor):
    editor.command("list")
    editor.shows("0 credentials")
    assert row(editor) == 3


def test_the_groups_are_default_links(start, three):
    editor = start()
    editor.nvim.command("highlight NatsCredsFooter ctermfg=Red")
    editor.command("list")
    editor.shows("3 credentials")
    for group, target in LINKS.items():
        shown = editor.nvim.command_output(f"highlight {group}")
        assert f"links to {target}" in shown or group == "NatsCredsFooter" and "ctermfg=9" in shown, shown
    editor.nvim.command("highlight! link NatsCredsKeys Error")
    editor.nvim.command("colorscheme blue")
    assert "links to Comment" in editor.nvim.command_output("highlight NatsCredsKeys")


def test_each_line_has_its_group(editor, three):
    editor.command("list")
    editor.shows("3 credentials")
    editor.lua(
        "require('natscreds.view').each('credentials')[1]:mark(..., 'revoking')",
        editor.lua("return require('natscreds.view').row_at_cursor('credentials').id"),
    )
    marks = editor.lua("return vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_create_namespace('natscreds'), 0, -1, { details = true })")
    assert {mark[1]: mark[3]["hl_group"] for mark in marks} == dict(enumerate(["NatsCredsKeys", "NatsCredsHeading", "NatsCredsRevoking"])) | {
        5: "NatsCredsFooter"
    }


def test_the_groups_are_in_the_help_and_the_readme(editor):
    assert editor.lua("return require('natscreds.highlights').links") == LINKS
    help, readme = (PLUGIN / "doc" / "natscreds.txt").read_text(), (PLUGIN / "README.md").read_text()
    for group, target in LINKS.items():
        assert f"*hl-{group}*" in help and f"`{group}`" in readme and f"`{target}`" in readme
