"""`:NatsCreds create`: the file, the questions, the refusals, and where the secret is not."""

import stat

import pytest

from editor import is_alive
from issued import Secret, parts
from live_clients import Client
from nats_server import NATSServer
from revoking import eventually


def made(here):
    return here.rows("SELECT name FROM credentials ORDER BY created_at")


def test_the_saved_file_is_its_owners_alone_and_logs_in(here, editor):
    editor.command("create app")
    editor.says("natscreds: created app, saved in ")
    path = here.folder / "app.creds"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert f"saved in {path} (0600)" in editor.messages()
    with NATSServer(here.state / "nats-server.conf", here.port), Client(here.port, Secret(path.read_text())) as client:
        client.awaits_pong()


def test_without_a_name_it_asks_for_one(here, editor):
    editor.command("create")
    editor.answer("asked for<CR>")
    editor.says("created asked for, saved in ")
    assert (here.folder / "asked for.creds").exists() and made(here) == [("asked for",)]


@pytest.mark.parametrize("keys", ["<CR>", "<Esc>", "half a name<Esc>", "half a name<C-c>", "  <CR>"])
def test_no_name_makes_nothing(here, editor, keys):
    editor.command("create")
    editor.answer(keys)
    editor.says("no name, so nothing was made")
    assert made(here) == []


def test_the_questions_go_through_vim_ui(here, editor):
    editor.lua("vim.ui.input = function(options, use) _asked = options.prompt; use('by another plugin') end")
    editor.command("create")
    editor.says("created by another plugin, saved in ")
    assert editor.lua("return _asked") == "Name of the new credential: "


def test_a_prompt_that_calls_back_twice_makes_one(start, wire):
    program, log = wire
    editor = start(program=program)
    editor.lua("vim.ui.input = function(_, use) use('one') use('two') use(nil) end")
    editor.command("create")
    editor.says("created one, saved in ")
    editor.round_trip()
    assert log.read_text().count("credentials.create") == 1 and "no name" not in editor.messages()


def test_an_existing_file_is_not_overwritten(here, editor):
    path = here.folder / "app.creds"
    path.write_text("precious")
    editor.command("create app")
    editor.says(f"{path} exists and is not overwritten; nothing was made. Name another file with save_to=")
    assert path.read_text() == "precious" and made(here) == []


def test_a_path_begins_where_the_editor_is_now(here, editor):
    (here.folder / "one").mkdir()
    (here.folder / "two").mkdir()
    editor.keys(":cd one<CR>")
    editor.command("create first")
    editor.says("created first, saved in ")
    editor.keys(":cd ../two<CR>")
    editor.command("create second save_to=renamed.creds")
    editor.says("created second, saved in ")
    assert (here.folder / "one" / "first.creds").exists() and (here.folder / "two" / "renamed.creds").exists()


def test_home_is_expanded_and_a_folder_is_filled(here, editor):
    (here.folder / "my keys").mkdir()
    editor.command(r"create app save_to=~/my\ keys")
    editor.says("created app, saved in ")
    assert (here.folder / "my keys" / "app.creds").exists()


def test_the_option_folder_is_where_files_go(here, editor):
    (here.folder / "kept").mkdir()
    editor.setup(folder="~/kept")
    editor.command("create app")
    editor.says("created app, saved in ")
    assert (here.folder / "kept" / "app.creds").exists()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../up", "_._up"),
        (".hidden", "_hidden"),
        ("-option", "_option"),
        ("a/b", "a_b"),
        ("naïve 名", "naïve 名"),
        ("%", "%"),
        ("`x` $HOME *", "`x` $HOME *"),
        ("名" * 120, "名" * 64),
    ],
)
def test_a_name_becomes_a_file_of_this_folder(here, editor, name, file):
    editor.command("create " + name.replace(" ", r"\ "))
    editor.says("created ")
    assert made(here) == [(name,)]
    assert [path.name for path in here.folder.glob("*.creds")] == [file + ".creds"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (r"create my name", r"name is given twice; write a backslash before a space that belongs to it"),
        ("create app safe_to=x", "create: safe_to is no argument here; there are: name, nats_account_id, region, save_to"),
        ("create app save_to=", "create: save_to has no value"),
        ("create app save_to=missing/app.creds", "create app: save_failed: "),
        ("create app nats_account_id=A1", "create app: invalid_params: "),
        ("create app region=fr-par", "create app: not_configured: "),
        ("create " + "x" * 501, "invalid_params: "),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(here, editor, line, said):
    editor.command(line)
    editor.says(said)
    assert made(here) == []


def test_a_name_of_a_hundred_thousand_characters_is_refused_at_once(here, editor):
    editor.lua("vim.ui.input = function(_, use) use(('é'):rep(100000)) end")
    editor.command("create")
    editor.says("invalid_params: ")
    assert made(here) == []


def test_a_name_that_is_not_utf8_is_refused(here, editor):
    editor.lua(r"vim.ui.input = function(_, use) use('latin \xe4') end")
    editor.command("create")
    editor.says("create: the name is not UTF-8")
    assert made(here) == []


def test_an_account_can_be_named(here, editor):
    with here.bridge() as bridge:
        first, second = (bridge.result("accounts.create", {"name": name})["id"] for name in ("one", "two"))
        assert bridge.end()[0] == 0
    editor.command("create app")
    editor.says("create app: invalid_params: ")
    editor.command(f"create app nats_account_id={second}")
    editor.says("created app, saved in ")
    assert here.rows("SELECT account_id FROM credentials") == [(second,)]


def test_a_whole_list_shows_the_new_one_at_once(editor):
    editor.command("list")
    editor.shows("0 credentials")
    editor.command("create app")
    assert editor.shows("active").startswith("app ")
    assert editor.lines()[-1] == "1 credential"


def test_the_secret_is_in_the_file_and_nowhere_else(here, start):
    """In no buffer, register, message, variable or file of the editor. Undo, swap and shada are on, and the editor ends in order."""
    plugin = here.folder / ".local/share/nvim/site/pack/any/start"
    plugin.mkdir(parents=True)
    (plugin / "natscreds").symlink_to(__file__.rsplit("/", 2)[0])
    editor = start(arguments=("--cmd", "set undofile shada='100,<1000,s1000,:1000 updatecount=1"))
    editor.keys("ihello<Esc>:write note.txt<CR>")
    editor.command("list")
    editor.shows("0 credentials")
    editor.command("create app")
    editor.shows("app")
    editor.keys('YggVG"byD')
    editor.says("there is no credential under the cursor")
    editor.command("info")
    editor.shows("protocol 1")
    secrets = [bytes(part, "ascii") for part in parts(Secret((here.folder / "app.creds").read_text()))]
    inside = editor.lua(
        """
        local found = { vim.fn.execute("messages"), vim.fn.execute("registers"), vim.fn.execute("let g:"), vim.fn.execute("history") }
        for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
          vim.list_extend(found, vim.api.nvim_buf_get_lines(buffer, 0, -1, false))
        end
        return table.concat(found, "\\n")
        """
    )
    assert "created app" in inside and not any(secret.decode() in inside for secret in secrets)
    editor.keys(":buffer note.txt<CR>:preserve<CR>:wshada!<CR>")
    editor.says("preserved")
    places = {path.suffix or "undo" for path in files_beside(here) if "nvim" in str(path)}
    assert places >= {".shada", ".swp", "undo"}
    assert not any(secret in path.read_bytes() for path in files_beside(here) for secret in secrets)
    editor.keys(":qall!<CR>")
    eventually(lambda: not is_alive(editor.pid), "the editor does not end")
    assert not any(secret in path.read_bytes() for path in files_beside(here) for secret in secrets)


def files_beside(here):
    """All files but the saved one and the bridge's own."""
    paths = [path for path in here.folder.rglob("*") if path.is_file() and here.state not in path.parents]
    return [path for path in paths if path.name != "app.creds"]
