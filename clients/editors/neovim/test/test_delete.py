"""`:NatsCreds delete`: the question, what is said of connections, and that they are really cut."""

import pytest

from live_clients import Client, paused
from nats_server import NATSServer
from revoking import create, eventually, is_cut_off

KEEP, DELETE = "1<CR>", "2<CR>"


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
    editor.says("deleted app: its connections are cut off, new logins refused")
    assert is_cut_off(client.socket) and not here.is_accepted(creds)
    assert editor.lines()[-1] == "1 credential" and not any(id in line for line in editor.lines())


def test_the_question_names_what_it_deletes(here, editor, rows):
    ((id, _),) = rows("app")
    editor.lua("vim.ui.select = function(items, options, use) _asked = {options.prompt, items}; use(nil) end")
    editor.command("delete app")
    editor.says("nothing was deleted")
    assert editor.lua("return _asked") == [
        f"Delete the credential app ({id}) for good and cut off its connections?",
        ["Keep it", "Delete it"],
    ]


@pytest.mark.parametrize("keys", [KEEP, "<Esc>", "<CR>", "<C-c>", "7<CR>"])
def test_any_other_answer_keeps_it(here, editor, rows, keys):
    rows("app")
    editor.command("delete app")
    editor.answer(keys)
    eventually(lambda: not editor.is_asked(), "the prompt stays")
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
        ends = ("deleted app: its connections are cut off, new logins refused", "app is gone: every server has heard of its deletion")
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
    editor.says("app is gone: every server has heard of its deletion")
    assert editor.lines()[-1] == "1 credential"


def test_a_server_that_is_down_hears_it_when_it_starts(here, editor, rows, server):
    ((id, creds),) = rows("app")
    server.stop()
    editor.command("delete app")
    editor.answer(DELETE)
    editor.says("deleted app: its connections are cut off, new logins refused")
    server.start()
    assert not here.is_accepted(creds)


def test_a_region_that_says_nothing_of_connections(start, stand_in):
    editor = start(program=stand_in("service")[0])
    editor.command("delete n")
    editor.answer(DELETE)
    editor.says("deleted n: whether open connections were cut, the region fr-par does not say")
