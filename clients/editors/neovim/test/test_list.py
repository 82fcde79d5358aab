"""The list in its buffer: what is asked for and when, how it looks, and its keys."""

import json

import pytest

from large_store import fill_store
from revoking import eventually


def fill(here, count, name="app"):
    with here.bridge() as bridge:
        line = '{"jsonrpc":"2.0","id":%d,"method":"credentials.create","params":{"name":"%s-%04d"}}'
        bridge.send(*(line % (index, name, index) for index in range(count)))
        for _ in range(count):
            assert "result" in bridge.message()
        assert bridge.end()[0] == 0


def sent(log):
    """What the program was sent, as (method, params), without the questions what it is."""
    lines = map(json.loads, log.read_text().splitlines())
    return [(line["method"], line["params"]) for line in lines if line["method"] != "bridge.info"]


def top(editor):
    """The first line that the window shows."""
    return editor.lua("return vim.fn.line('w0')")


def test_two_thousand_rows_are_fetched_as_one_scrolls(here, start, wire):
    with here.bridge() as bridge:
        account = bridge.result("accounts.create", {"name": "full"})
        assert bridge.end()[0] == 0
    fill_store(here.state / "store.db", account["id"], account["project_id"], 2000)
    program, log = wire
    editor = start(program=program)
    editor.command("list")
    editor.shows("400 of 2,000 credentials · scroll down for more")
    assert [(method, params["max_pages"], params["page_size"]) for method, params in sent(log)] == [("credentials.stream", 4, 100)]
    editor.keys("300j")
    eventually(lambda: editor.nvim.current.window.cursor[0] == 303, "the cursor does not move")
    before = top(editor)
    editor.keys("<C-e>")
    eventually(lambda: top(editor) == before + 1, "the window does not scroll")
    editor.round_trip()
    assert len(editor.lines()) == 403 and len(sent(log)) == 1
    for footer in ("800 of 2,000", "1,200 of 2,000", "1,600 of 2,000", "2,000 credentials"):
        editor.keys("G")
        eventually(lambda: editor.lines()[-1].startswith(footer) and "fetching" not in editor.lines()[-1], f"never {footer}")
    asked = sent(log)
    assert len(asked) == 5 and all("cursor" in params and params["max_pages"] == 4 for _, params in asked[1:])
    assert [line.split("  ")[0] for line in editor.lines()[2:-1]] == [f"credential {index}" for index in range(2000)]


def test_scrolling_that_does_not_move_the_cursor_fetches_too(here, start):
    fill(here, 150)
    editor = start()
    editor.command("list")
    editor.shows("150 credentials")
    height = editor.nvim.current.window.height
    rows = 3 * height - 4
    editor.setup(page_size=rows, max_pages=1)
    editor.keys("R")
    editor.shows(f"{rows} of 150 credentials · scroll down for more")
    editor.keys(f"{height}G")
    eventually(lambda: editor.nvim.current.window.cursor[0] == height, "the cursor does not move")
    editor.round_trip()
    assert top(editor) == 1 and len(editor.lines()) == rows + 3
    editor.keys("zt")
    eventually(lambda: len(editor.lines()) > rows + 3, "nothing was fetched")
    assert editor.nvim.current.window.cursor[0] == height


def test_a_window_that_is_taller_than_the_first_rows_is_filled(here, start):
    fill(here, 60)
    editor = start(rows=50)
    editor.setup(page_size=5, max_pages=1)
    editor.command("list")
    editor.shows("of 60 credentials · scroll down for more")
    eventually(lambda: len(editor.lines()) > 35, "the window is not filled")


def columns(editor, line):
    """Where the cells of a line begin on the screen."""
    return editor.lua(
        """
        local starts, line = {}, ...
        for column in line:gmatch("()%S+") do
          if line:sub(column - 2, column - 1) == "  " then
            starts[#starts + 1] = vim.fn.strdisplaywidth(line:sub(1, column - 1))
          end
        end
        return starts
        """,
        line,
    )


def test_names_of_all_scripts_stand_in_columns_and_in_one_line(start, stand_in):
    editor = start(program=stand_in("odd")[0])
    editor.command("list")
    editor.shows("4 credentials")
    lines = editor.lines()
    assert len(lines) == 2 + 4 + 1
    assert lines[2].startswith(r"bell\x07 and\x0aline\x09and\x00null ") and lines[3].startswith("東京の名前 ")
    assert lines[5].startswith("x" * 39 + "…  ")
    places = [columns(editor, line) for line in lines[1:6]]
    assert len(places[0]) == 4 and all(place == places[0] for place in places)


def test_bytes_may_come_one_by_one_inside_a_character(start, stand_in):
    editor = start(program=stand_in("slow")[0])
    editor.command("list")
    editor.shows("4 credentials")
    assert editor.lines()[3].startswith("東京の名前 ")


def test_a_line_of_nine_megabytes(start, stand_in):
    editor = start(program=stand_in("long")[0])
    editor.command("list")
    editor.shows("1 credential")
    assert editor.lines()[2].startswith("long ")


def test_after_a_failure_more_goes_on_where_it_stopped(start, stand_in):
    editor = start(program=stand_in("broken")[0])
    editor.command("list")
    editor.shows("stopped: network: the line is cut · > goes on")
    editor.says("credentials.stream: network: the line is cut")
    editor.keys(">")
    editor.shows("third")
    eventually(lambda: editor.lines()[-1] == "3 credentials", "the list does not end")
    assert [line.split()[0] for line in editor.lines()[2:-1]] == ["first", "second", "third"]


def test_nothing_can_be_changed_in_the_buffer(here, start):
    fill(here, 3)
    editor = start()
    editor.command("list")
    editor.shows("3 credentials")
    options = editor.lua("return {vim.bo.modifiable, vim.bo.buftype, vim.bo.swapfile, vim.bo.undolevels, vim.bo.bufhidden, vim.bo.filetype}")
    assert options == [False, "nofile", False, -1, "wipe", "natscreds"]
    before = editor.lines()
    editor.keys("ddxp")
    editor.says("E21")
    assert editor.lines() == before


def test_the_id_under_the_cursor_is_yanked(here, start):
    fill(here, 2)
    editor = start()
    editor.command("list")
    editor.shows("2 credentials")
    editor.keys('4G"aYY')
    ((_,), (second,)) = here.rows("SELECT id FROM credentials ORDER BY created_at")
    editor.says(f"yanked {second}")
    assert editor.nvim.funcs.getreg("a") == editor.nvim.funcs.getreg('"') == second
    editor.keys("1GY")
    editor.says("there is nothing under the cursor")


def test_refresh_shows_what_others_have_made(here, start):
    editor = start()
    editor.command("list")
    editor.shows("0 credentials")
    fill(here, 1, "later")
    editor.keys("R")
    editor.shows("later-0000")


def test_the_same_list_is_not_opened_twice_and_another_order_is_another_buffer(here, start):
    fill(here, 2)
    editor = start()
    editor.command("list")
    editor.shows("2 credentials")
    editor.command("list")
    editor.command("list order_by=name_desc")
    editor.shows("2 credentials")
    eventually(lambda: editor.lines()[2].startswith("app-0001"), "the order is not the one asked for")
    assert len(editor.nvim.windows) == 3


@pytest.mark.parametrize(("command", "line"), [("list", "0 credentials"), ("accounts", "0 accounts"), ("info", "protocol 1")])
def test_where_no_window_can_be_opened_it_says_so_and_the_next_time_it_opens(editor, command, line):
    """In the command-line window."""
    editor.keys("q:")
    eventually(lambda: editor.lua("return vim.fn.getcmdwintype()") == ":", "the window does not open")
    editor.command(command)
    editor.says("natscreds: no window can be opened: E11")
    editor.keys(":quit<CR>")
    editor.command(command)
    editor.shows(line)


def test_modifiers_of_the_command_say_where_the_window_opens(editor):
    editor.keys(":tab NatsCreds list<CR>")
    editor.shows("0 credentials")
    assert len(editor.nvim.tabpages) == 2


def test_a_list_that_ended_unnoticed_disturbs_nothing(editor):
    editor.command("list")
    editor.shows("0 credentials")
    editor.keys(":noautocmd bwipeout<CR>")
    editor.command("create app")
    editor.says("created app, saved in ")
    assert "Error" not in editor.messages()
    editor.command("list")
    editor.shows("1 credential")


def test_a_new_credential_of_another_region_is_not_shown(start, stand_in):
    editor = start(program=stand_in("service")[0])
    editor.command("list")
    editor.shows("1 credential")
    editor.command("create far region=fr-par")
    editor.says("created far")
    editor.command("create near")
    editor.shows("near ")
    assert [line.split()[0] for line in editor.lines()[2:-1]] == ["n", "near"]


@pytest.mark.parametrize("filter", ["project_id=00000000-0000-4000-8000-000000000000", "order_by=name_asc"])
def test_a_list_that_may_not_end_with_the_new_one_says_that_it_is_old(start, stand_in, filter):
    editor = start(program=stand_in("service")[0])
    editor.command(f"list {filter}")
    editor.shows("1 credential")
    editor.command("create near")
    editor.shows("1 credential · one was made since, R reads the list anew")
    editor.keys("R")
    eventually(lambda: editor.lines()[-1] == "1 credential", "it is old for ever")


def test_a_list_goes_on_in_its_region_when_setup_names_another(here, start):
    fill(here, 60)
    editor = start()
    editor.setup(page_size=50, max_pages=1)
    editor.command("list")
    editor.shows("50 of 60 credentials · scroll down for more")
    editor.setup(region="fr-par")
    editor.keys(">")
    eventually(lambda: editor.lines()[-1] == "60 credentials", "the list does not go on")


@pytest.mark.parametrize("close", ["q", ":close<CR>", ":bwipeout<CR>", ":tabnew<CR>:tabonly<CR>", ":edit other<CR>"])
def test_closing_ends_what_runs_for_the_buffer(start, stand_in, close):
    program, log = stand_in("silent")
    editor = start(program=program)
    editor.command("list")
    editor.shows("fetching…")
    eventually(lambda: [method for method, _ in sent(log)] == ["credentials.stream"], "the list is not asked for")
    editor.keys(close)
    eventually(lambda: [method for method, _ in sent(log)] == ["credentials.stream", "$/cancelRequest"], "nothing is cancelled")
    assert sent(log)[1][1] == {"id": "n1"}
    assert editor.lua("return vim.fn.bufexists('natscreds://credentials')") == 0
    assert "natscreds:" not in editor.messages()


def test_the_help_key_says_what_is_missing_where_no_tags_were_made(editor):
    editor.command("list")
    editor.shows("0 credentials")
    editor.keys("g?")
    editor.says("run :helptags ALL")
