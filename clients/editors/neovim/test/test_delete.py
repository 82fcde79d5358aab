"""`:NatsCreds delete`: the question, what is said of connections, and that they are really cut."""

import pytest

from live_clients import Client, paused
from nats_server import NATSServer
from revoking import create, eventually, is_cut_off

DELETE = "yes<CR>"


@pytest.fixture
def rows(here):
    """Makes credentials with these names; gives their ids and secrets."""

    def make(*names):
        with here.bridge() as bridge:
            made = [create(bridge, name) for name in names]
            assert bridge.end()[0] == 0
        return made

    return make


@pytest.fixture
def server(here, rows):
    rows("first")
    with NATSServer(here.state / "nats-server.conf", here.port) as server:
        yield server


def names(here):
    return [name for (name,) in here.rows("SELECT name FROM credentials WHERE state = 'active' ORDER BY created_at")]


def test_deleting_under_the_cursor_cuts_the_connection(here, editor, rows, server):
    ((id, creds),) = rows("app")
    client = Client(here.port, creds)
    client.awaits_pong()
    editor.command("list")
    editor.shows("2 credentials")
    editor.keys("4GD")
    editor.answer(DELETE)
    editor.says("deleted app: connections cut off, new logins refused")
    assert is_cut_off(client.socket) and not here.is_accepted(creds)
    assert editor.lines()[-1] == "1 credential" and not any(id in line for line in editor.lines())


def test_the_question_names_what_it_deletes(here, editor, rows):
    ((id, _),) = rows("app")
    editor.lua("vim.ui.input = function(options, use) _asked = options.prompt; use(nil) end")
    editor.command("delete app")
    editor.says("nothing was deleted")
    assert editor.lua("return _asked") == f"Type yes to delete app ({id}): "


@pytest.mark.parametrize("keys", ["no<CR>", "<Esc>", "<CR>", "<C-c>", "2<CR>", "y<CR>", "yes<Esc>", "yes<C-c>", "yes, but later<CR>"])
def test_any_other_answer_keeps_it(start, stand_in, keys):
    """The stand-in, because it has its log: what is not in there was not sent."""
    program, log = stand_in("service")
    editor = start(program=program)
    editor.command("delete n")
    editor.answer(keys)
    editor.says("nothing was deleted")
    editor.round_trip()
    assert "credentials.delete" not in log.read_text()


def test_the_question_waits_until_one_has_ended_to_insert_text(start, stand_in):
    program, log = stand_in("service")
    editor = start(program=program)
    editor.keys("i")
    editor.nvim.command("NatsCreds delete n")
    editor.round_trip()
    editor.keys("retries = 2<CR>yes<CR>done")
    eventually(lambda: editor.lines() == ["retries = 2", "yes", "done"], "the text is not there")
    editor.keys("<Esc>")
    editor.answer("no<CR>")
    editor.says("nothing was deleted")
    assert "credentials.delete" not in log.read_text()


@pytest.mark.parametrize(("begun", "end"), [(":let typed = ", "'yes'<CR>"), ("q:", ":quit<CR>")])
def test_the_question_waits_until_a_command_line_is_closed(start, stand_in, begun, end):
    editor = start(program=stand_in("service")[0])
    editor.keys(begun)
    editor.nvim.command("NatsCreds delete n")
    editor.round_trip()
    editor.keys(end)
    editor.answer("yes<CR>")
    editor.says("deleted n: ")


def test_keys_that_were_typed_before_the_question_are_no_answer(editor):
    editor.nvim.exec_lua(
        """
        vim.api.nvim_input("yes<CR>")
        local ask = require("natscreds.ask")
        ask.later(function() ask.text("Now: ", function(answer) _answer = answer end) end)
        """,
        async_=True,
    )
    editor.answer("typed later<CR>")
    eventually(lambda: not editor.is_asked() and editor.lua("return _answer") == "typed later", "another answer was taken")


def test_a_choice_that_is_made_twice_asks_once(editor, rows):
    rows("same", "same")
    editor.lua(
        """
        _asked = 0
        vim.ui.select = function(items, _, use) use(items[1], 1) use(items[2], 2) use(nil) end
        vim.ui.input = function(_, use) _asked = _asked + 1; use(nil) end
        """
    )
    editor.command("delete same")
    editor.says("nothing was deleted")
    assert editor.lua("return _asked") == 1


def test_a_prompt_that_fails_deletes_nothing_and_says_so(here, editor, rows):
    rows("app")
    editor.lua("vim.ui.input = function() error('no place for a window', 0) end")
    editor.command("delete app")
    editor.says("the question failed: no place for a window")
    editor.says("nothing was deleted")
    assert names(here) == ["app"]


def test_by_id(here, editor, rows):
    (first, _), (second, _) = rows("same", "same")
    editor.command(f"delete {second}")
    editor.answer(DELETE)
    editor.says("deleted same: ")
    assert here.rows("SELECT id FROM credentials WHERE state = 'active'") == [(first,)]


def test_by_a_name_with_spaces(here, editor, rows):
    rows("one", "two words", "three")
    editor.command(r"delete two\ words")
    editor.answer(DELETE)
    editor.says("deleted two words: ")
    assert names(here) == ["one", "three"]


def test_a_name_is_looked_for_in_every_window_of_the_list(here, editor, rows):
    rows(*[f"app-{index}" for index in range(7)])
    editor.setup(page_size=2, max_pages=1)
    editor.command("delete app-6")
    editor.answer(DELETE)
    editor.says("deleted app-6: ")
    assert len(names(here)) == 6


def test_of_several_with_one_name_one_is_chosen(here, editor, rows):
    (first, _), (second, _), (third, _) = rows("same", "same", "same")
    editor.command("delete same")
    editor.answer("2<CR>")
    editor.answer(DELETE)
    editor.says("deleted same: ")
    assert here.rows("SELECT id FROM credentials WHERE state = 'active' ORDER BY created_at") == [(first,), (third,)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("delete", "there is no credential under the cursor; name one: :NatsCreds delete ID or NAME"),
        ("delete nobody", "delete: there is no credential with the name nobody"),
        ("delete 00000000-0000-4000-8000-000000000000", "delete: not_found: "),
        ("delete id=x", "delete: invalid_params: "),
        ("delete a b", "delete: credential is given twice"),
        ("delete id=x name=y", "delete: more than one credential is named; give one of ID, NAME, id=, name="),
        ("delete x name=y", "delete: more than one credential is named; give one of ID, NAME, id=, name="),
    ],
)
def test_what_is_wrong_is_said(editor, line, said):
    editor.command(line)
    editor.says(said)


def test_a_server_that_does_not_hear_it_is_named_and_the_row_is_revoking(here, editor, rows, server):
    ((id, creds),) = rows("app")
    client = Client(here.port, creds)
    client.awaits_pong()
    editor.command("list")
    editor.shows("2 credentials")
    with paused(server):
        editor.keys("4GD")
        editor.answer(DELETE)
        editor.says("deleted app, but NOT YET CUT OFF at nats-credentials-bridge-")
        assert "(reason: silent)" in editor.messages() and "It may still be connected" in editor.messages()
        assert "revoking" in editor.shows(id)
    assert is_cut_off(client.socket)


def test_asking_again_waits_for_the_server(here, editor, rows, server):
    ((_, creds),) = rows("app")
    client = Client(here.port, creds)
    client.awaits_pong()
    editor.command("list")
    editor.shows("2 credentials")
    with paused(server) as go_on:
        editor.keys("4GD")
        editor.answer(DELETE)
        editor.says("NOT YET CUT OFF")
        editor.keys("4GD")
        editor.answer(DELETE)
        go_on()
        # The bridge's own repeat may be faster than the second request.
        ends = ("deleted app: connections cut off, new logins refused", "app is gone: every server has acknowledged its deletion")
        eventually(lambda: any(end in editor.messages() for end in ends), "nobody says that it is cut off")
    assert is_cut_off(client.socket)
    assert editor.lines()[-1] == "1 credential"


def test_asking_again_when_the_server_has_heard_says_that_it_is_gone(here, editor, rows, server):
    ((id, _),) = rows("app")
    editor.command("list")
    editor.shows("2 credentials")
    with paused(server):
        editor.keys("4GD")
        editor.answer(DELETE)
        editor.says("NOT YET CUT OFF")
    # The bridge of the editor repeats it.
    eventually(lambda: here.rows("SELECT * FROM credentials WHERE id = ?", id) == [], "it stays")
    editor.keys("4GD")
    editor.answer(DELETE)
    editor.says("app is gone: every server has acknowledged its deletion")
    assert editor.lines()[-1] == "1 credential"


def test_a_server_that_is_down_hears_it_when_it_starts(here, editor, rows, server):
    ((id, creds),) = rows("app")
    server.stop()
    editor.command("delete app")
    editor.answer(DELETE)
    editor.says("deleted app: connections cut off, new logins refused")
    server.start()
    assert not here.is_accepted(creds)


def test_a_region_that_says_nothing_of_connections(start, stand_in):
    editor = start(program=stand_in("service")[0])
    editor.command("delete n")
    editor.answer(DELETE)
    editor.says("deleted n: whether open connections were cut, the region fr-par does not say")
