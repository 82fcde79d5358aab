"""require("natscreds"): requests of other plugins and of configurations, with callbacks."""

import re
import stat
import textwrap

import pytest

from editor import PLUGIN
from large_store import fill_store
from revoking import create, eventually

HELP = (PLUGIN / "doc" / "natscreds.txt").read_text()
NAMES = ["accounts", "call", "cancel", "create", "delete", "get", "list", "setup"]
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def ask(editor):
    """Calls a function with params and a callback; gives [failure or None, result or None]."""

    def ask(name, *arguments, rows=False):
        editor.lua(
            """
            _came, _rows = {}, {}
            local name, arguments, rows = ...
            local count = #arguments
            arguments[count + 1] = function(problem, result) _came[#_came + 1] = { problem or vim.NIL, result or vim.NIL, vim.in_fast_event() } end
            if rows then arguments[count + 2] = function(some) vim.list_extend(_rows, some) end end
            _handle = require("natscreds")[name](unpack(arguments))
            """,
            name,
            list(arguments),
            rows,
        )
        # It comes later, and once.
        eventually(lambda: editor.lua("return #_came") == 1, "no callback")
        problem, result, is_fast = editor.lua("return _came[1]")
        assert not is_fast
        return problem, result

    return ask


def test_a_credential_from_its_creation_to_its_end(here, editor, ask):
    problem, made = ask("create", {"name": "app"})
    assert problem is None and made["name"] == "app" and made["saved"]["path"] == str(here.folder / "app.creds")
    file = here.folder / "app.creds"
    assert "BEGIN NATS USER JWT" in file.read_text() and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "BEGIN" not in str(made)
    problem, got = ask("get", {"nats_credentials_id": made["id"]})
    assert problem is None and (got["id"], got["name"]) == (made["id"], "app")
    problem, rows = ask("list", {"region": "local"})
    assert problem is None and [row["id"] for row in rows] == [made["id"]]
    problem, accounts = ask("accounts", {})
    assert problem is None and [row["id"] for row in accounts] == [made["nats_account_id"]]
    problem, result = ask("delete", {"nats_credentials_id": made["id"]})
    assert problem is None and result == {"nats_credentials_id": made["id"], "deleted": True, "region": "local"}
    problem, result = ask("get", {"nats_credentials_id": made["id"]})
    assert (problem["kind"], problem["outcome"], problem["data"]["resource"], result) == ("not_found", "none", "credentials", None)
    # It asks nothing and says nothing.
    assert editor.messages().strip() == "" and len(editor.nvim.windows) == 1


def test_a_list_of_any_length_comes_whole_or_some_rows_at_a_time(here, ask):
    with here.bridge() as bridge:
        account = bridge.result("accounts.create", {"name": "full"})
        assert bridge.end()[0] == 0
    fill_store(here.state / "store.db", account["id"], account["project_id"], 2000)
    names = [f"credential {index}" for index in range(2000)]
    problem, rows = ask("list", {"nats_account_id": account["id"]})
    assert problem is None and [row["name"] for row in rows] == names
    problem, count = ask("list", {"nats_account_id": account["id"]}, rows=True)
    assert (problem, count) == (None, 2000)


def test_rows_come_as_they_are_read(here, editor, ask):
    with here.bridge() as bridge:
        made = [create(bridge, f"app-{index}") for index in range(5)]
        assert bridge.end()[0] == 0
    editor.setup(page_size=2, max_pages=1)
    assert ask("list", {"order_by": "created_at_desc"}, rows=True) == (None, 5)
    assert editor.lua("return vim.tbl_map(function(row) return row.id end, _rows)") == [id for id, _ in reversed(made)]


def test_a_list_that_is_cancelled_ends_with_that(here, editor, start, stand_in):
    with here.bridge() as bridge:
        [create(bridge, f"app-{index}") for index in range(5)]
        assert bridge.end()[0] == 0
    editor.setup(page_size=1, max_pages=1)
    editor.lua(
        """
        _count, _came = 0, {}
        _handle = require("natscreds").list({}, function(problem) _came[#_came + 1] = problem.kind end, function(rows)
          _count = _count + #rows
          _handle.cancel()
        end)
        """
    )
    eventually(lambda: editor.lua("return _came") == ["cancelled"], "it does not end")
    assert editor.lua("return _count") == 1


def test_other_methods_are_called_by_their_name(ask):
    problem, account = ask("call", "accounts.create", {"name": "team"})
    assert problem is None and account["name"] == "team"
    assert ask("call", "bridge.info", {})[1]["protocol"] == "1"
    assert ask("call", "rpc.discover", {})[1]["info"]["title"]
    assert ask("call", "nothing.such", {})[0]["kind"] == "method_not_found"
    assert "list" in ask("call", "credentials.stream", {})[0]["message"]


def test_a_creation_by_its_method_is_saved_too(here, ask):
    problem, made = ask("call", "credentials.create", {"name": "app", "save_to": "sub.creds"})
    assert problem is None and made["saved"]["path"] == str(here.folder / "sub.creds") and made.get("credentials") is None
    problem, _ = ask("call", "credentials.create", {})
    assert problem["kind"] == "invalid_params" and "never comes into the editor" in problem["message"]


def test_a_file_that_exists_stays_unless_it_may_be_replaced(here, ask):
    (here.folder / "app.creds").write_text("mine")
    problem, _ = ask("create", {"name": "app"})
    assert (problem["kind"], problem["outcome"]) == ("save_failed", "none") and (here.folder / "app.creds").read_text() == "mine"
    assert ask("create", {"name": "app", "overwrite": True})[0] is None
    assert "BEGIN" in (here.folder / "app.creds").read_text()


def test_a_failure_reads_as_commands_say_it(editor):
    editor.lua("require('natscreds').get({ nats_credentials_id = ... }, function(problem) _said = tostring(problem) end)", NOBODY)
    eventually(lambda: (editor.lua("return _said") or "").startswith("not_found: "), "it reads otherwise")


def test_a_program_that_is_not_there_is_a_failure_too(start):
    editor = start(program="/not/there")
    editor.lua("require('natscreds').list(nil, function(problem) _kind = problem.kind end)")
    eventually(lambda: editor.lua("return _kind") == "not_started", "no failure")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("list({})", "natscreds.list: the callback must be a function"),
        ("get('id', print)", "natscreds.get: the params must be a table or nil"),
        ("delete({ a = print }, print)", "natscreds.delete: the params cannot be written as JSON in UTF-8"),
        (r"create({ name = '\255' }, print)", "natscreds.create: the params cannot be written as JSON in UTF-8"),
        ("call(nil, {}, print)", "natscreds.call: the method must be a string"),
    ],
)
def test_a_wrong_argument_is_an_error_where_it_was_given(editor, call, said):
    message = editor.lua(f"local is_well, problem = pcall(function() require('natscreds').{call} end) assert(not is_well) return problem")
    assert said in message and "[string" in message.split(said)[0]
    assert editor.bridge_pid() is None


def test_everything_running_can_be_cancelled(start, stand_in):
    editor = start(program=stand_in("silent")[0])
    editor.lua("require('natscreds').list(nil, print) _count = require('natscreds').cancel()")
    assert editor.lua("return _count") == 1


def test_an_open_list_follows(editor, ask):
    editor.command("list")
    editor.shows("0 credentials")
    _, made = ask("create", {"name": "app"})
    assert made["id"] in editor.shows("app  ") and editor.lines()[-1] == "1 credential"
    ask("delete", {"nats_credentials_id": made["id"]})
    assert editor.lines()[-1] == "0 credentials"


def test_every_function_is_in_the_help(editor):
    functions = editor.lua(
        "return vim.tbl_filter(function(name) return type(require('natscreds')[name]) == 'function' end, vim.tbl_keys(require('natscreds')))"
    )
    assert sorted(functions) == NAMES
    for name in functions:
        assert f"*natscreds.{name}()*" in HELP, name


def test_the_example_runs_as_it_stands(here, editor):
    (example,) = re.findall(r"```lua\n(local natscreds = .*?)```", (PLUGIN / "README.md").read_text(), re.DOTALL)
    assert textwrap.indent(example, "    ") in HELP
    editor.lua(example)
    editor.says("gone: worker")
    assert "BEGIN NATS USER JWT" in (here.folder / "worker.creds").read_text()
    assert here.rows("SELECT name FROM credentials WHERE state = 'active'") == []
