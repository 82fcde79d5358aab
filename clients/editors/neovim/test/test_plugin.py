"""The plugin as a plugin: installing, the command line and its completion, options, help, and that it leaves nothing lying about."""

import re
import shutil
import subprocess

import pytest

from editor import PLUGIN
from revoking import create, eventually


def complete(editor, line):
    return editor.lua("return vim.fn.getcompletion(..., 'cmdline')", f"NatsCreds {line}")


def test_it_works_as_a_package_that_was_put_where_the_readme_says(here, start):
    place = here.folder / ".local/share/nvim/site/pack/natscreds/start"
    place.mkdir(parents=True)
    shutil.copytree(PLUGIN, place / "natscreds")
    editor = start(arguments=())
    editor.keys(":helptags ALL<CR>")
    editor.command("list")
    editor.shows("0 credentials")
    editor.keys("g?")
    eventually(lambda: editor.lua("return vim.bo.filetype") == "help", "the help does not open")
    assert "*natscreds-keys*" in editor.nvim.current.line


@pytest.mark.parametrize("member", ["dir", "path"])
def test_it_works_as_a_folder_of_a_clone_and_leaves_that_clean(here, start, member):
    """The README's function for plugin managers, with what each of them hands to it: a clone somewhere, after the start of the editor."""
    clone, root = here.folder / "clone", PLUGIN.parents[2]
    shutil.copytree(PLUGIN, clone / "clients/editors/neovim", ignore=shutil.ignore_patterns("tags*", "__pycache__"))
    shutil.copy(root / ".gitignore", clone)

    def git(*words):
        command = ["git", "-C", clone, "-c", "user.name=test", "-c", "user.email=test@localhost", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "all")
    (load,) = re.findall(r"```lua\n(local function load.*?)```", (PLUGIN / "README.md").read_text(), re.DOTALL)
    editor = start(arguments=("--clean",))
    editor.lua(load + "load({ [...] = vim.loop.cwd() .. '/clone' })", member)
    editor.keys(":helptags ALL<CR>")
    editor.command("list")
    editor.shows("0 credentials")
    editor.keys("g?")
    eventually(lambda: editor.lua("return vim.bo.filetype") == "help", "the help does not open")
    assert (clone / "clients/editors/neovim/doc/tags").exists() and git("status", "--porcelain") == ""


def test_it_works_without_any_configuration(start):
    editor = start(arguments=("-u", "NONE", "--cmd", f"set runtimepath^={PLUGIN}"))
    editor.keys(":runtime plugin/natscreds.lua<CR>")
    editor.command("create app")
    editor.says("created app, saved in ")


def test_nothing_is_loaded_and_nothing_runs_before_it_is_used(editor):
    loaded = "return vim.tbl_filter(function(name) return vim.startswith(name, 'natscreds') end, vim.tbl_keys(package.loaded))"
    assert editor.lua(loaded) == [] and editor.lua("return vim.fn.exists(':NatsCreds')") == 2


def test_no_globals_are_made(editor):
    editor.lua("_before = {} for name in pairs(_G) do _before[name] = true end")
    for command in ("cancel", "nonsense", "list", "accounts", "info", "create app", "delete nobody"):
        editor.command(command)
    editor.says("created app")
    editor.says("no credential with the name nobody")
    editor.keys(":checkhealth natscreds<CR>")
    editor.shows("doctor ended")
    assert editor.lua("local new = {} for name in pairs(_G) do if not _before[name] then new[#new + 1] = name end end return new") == []


def test_help_tags_are_clean_and_everything_is_in_the_help(here, editor):
    shutil.copytree(PLUGIN / "doc", here.folder / "doc", ignore=shutil.ignore_patterns("tags"))
    editor.nvim.command(f"helptags {here.folder}/doc")
    tags = {line.split("\t")[0] for line in (here.folder / "doc" / "tags").read_text().splitlines()}
    commands = editor.lua("return require('natscreds.command').names()")
    assert {f":NatsCreds-{name}" for name in commands} | {"natscreds", ":NatsCreds", "natscreds-keys", "natscreds-options"} <= tags
    text = (PLUGIN / "doc" / "natscreds.txt").read_text()
    assert all(len(line) <= 78 for line in text.splitlines())
    linked = set(re.findall(r"\|(\S+?)\|", text))
    missing = [name for name in linked - tags if not editor.lua("return #vim.fn.getcompletion(..., 'help')", name)]
    assert missing == []


def test_the_help_names_every_key(editor):
    text = (PLUGIN / "doc" / "natscreds.txt").read_text()
    editor.command("list")
    editor.shows("0 credentials")
    keys = editor.lua("return vim.tbl_map(function(map) return {map.lhs, map.desc} end, vim.api.nvim_buf_get_keymap(0, 'n'))")
    assert len(keys) == 7
    for key, description in keys:
        assert re.search(rf"^\s*(`?){re.escape(key)}\1\s", text, re.MULTILINE | re.IGNORECASE), key
        assert description


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ["accounts", "cancel", "create", "delete", "info", "list"]),
        ("c", ["cancel", "create"]),
        ("list ", ["nats_account_id=", "order_by=", "project_id=", "region="]),
        ("list order_by=na", ["order_by=name_asc", "order_by=name_desc"]),
        ("list region=", ["region=fr-par", "region=local", "region=nl-ams"]),
        ("create sa", ["save_to="]),
        ("info ", []),
        ("nonsense ", []),
        ("list nonsense=", []),
    ],
)
def test_completion_of_what_is_always_the_same(editor, line, expected):
    assert complete(editor, line) == expected


def test_completion_of_names_and_ids_of_open_lists(here, editor):
    with here.bridge() as bridge:
        (plain, _), (spaced, _) = (create(bridge, name) for name in ("plain", "with two spaces"))
        account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        assert bridge.end()[0] == 0
    assert complete(editor, "delete ") == ["id=", "name=", "region="]
    editor.command("list")
    editor.shows("2 credentials")
    assert set(complete(editor, "delete ")) == {"id=", "name=", "region=", "plain", r"with\ two\ spaces", plain, spaced}
    assert complete(editor, r"delete with\ t") == [r"with\ two\ spaces"]
    assert complete(editor, "delete id=") == sorted(f"id={id}" for id in (plain, spaced))
    assert complete(editor, "list nats_account_id=A") == [f"nats_account_id={account}"]


def test_completion_of_paths(here, editor):
    (here.folder / "some folder").mkdir()
    assert complete(editor, "create save_to=so") == [r"save_to=some\ folder/"]
    assert complete(editor, r"create save_to=some\ fo") == [r"save_to=some\ folder/"]


def test_completion_after_a_shortened_name(editor):
    assert editor.lua("return vim.fn.getcompletion('NatsC list re', 'cmdline')") == ["region="]


def test_completion_beside_a_credential_without_a_name(start, stand_in):
    editor = start(program=stand_in("bare")[0])
    editor.command("list")
    editor.shows("i1")
    assert complete(editor, "delete ") == ["i1", "id=", "name=", "region="]


def test_completion_by_the_keys_of_a_user(editor):
    editor.keys(":NatsC<Tab> l<Tab> reg<Tab>lo<Tab><CR>")
    editor.shows("0 credentials")
    assert editor.nvim.current.buffer.name == "natscreds://credentials?region=local"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a subcommand is missing; there are: accounts, cancel, create, delete, info, list"),
        ("lsit", "lsit is no subcommand; there are: accounts, cancel, create, delete, info, list"),
        ("info now", "info takes no arguments"),
        ("list everything", "list: everything: arguments are nats_account_id=, order_by=, project_id=, region="),
        ("list order_by=size", "credentials.stream: invalid_params: "),
    ],
)
def test_a_wrong_command_line_is_told(editor, line, said):
    editor.command(line)
    editor.says(said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{ pagesize = 3 }", "there is no option pagesize; there are: args, folder, max_pages, page_size, program, project_id, region, timeout_ms"),
        ("{ page_size = 101 }", "the option page_size must be a whole number from 1 to 100"),
        ("{ page_size = '10' }", "the option page_size must be a whole number from 1 to 100"),
        ("{ args = 'x' }", "the option args must be a list of strings"),
        ("{ args = { 1 } }", "the option args must be a list of strings"),
        ("{ timeout_ms = 0.5 }", "the option timeout_ms must be a whole number of milliseconds from 1 to 600000"),
        ("{ program = '' }", "the option program must be a path, or a name that is looked for in PATH"),
        ("'x'", "setup takes a table of options"),
    ],
)
def test_a_wrong_option_is_told(editor, options, said):
    editor.keys(f":lua require('natscreds').setup({options})<CR>")
    # The trace that Neovim prints makes it wait for a key.
    eventually(lambda: editor.is_asked(), "the error is not shown")
    editor.keys("<CR>")
    editor.says("natscreds: " + said)


def test_options_that_are_left_out_go_back_to_their_defaults(editor):
    assert editor.lua(
        """
        local config, setup = require("natscreds.config"), require("natscreds").setup
        setup({ page_size = 7, region = "local" })
        local first = config.get()
        setup()
        return { first.page_size, first.region, first.max_pages, config.get().page_size, config.get().region == nil }
        """
    ) == [7, "local", 4, 100, True]


def test_the_readmes_session_and_options_are_true(editor):
    text = (PLUGIN / "README.md").read_text()
    for name in editor.lua("return require('natscreds.command').names()"):
        assert f":NatsCreds {name}" in text
    (block,) = re.findall(r"```lua\n(require\(\"natscreds\"\)\.setup.*?)```", text, re.DOTALL)
    editor.nvim.exec_lua(re.sub(r"nats_account…|/opt/bin/", "", block))
    assert editor.lua("return require('natscreds.config').get().page_size") == 100
