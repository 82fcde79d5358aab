"""`User` events: what was changed, for whoever listens, and never a secret."""

import json
import re

import pytest

from editor import LISTEN, PLUGIN
from live_clients import paused
from nats_server import NATSServer
from revoking import create, eventually

README, HELP = (PLUGIN / "README.md").read_text(), (PLUGIN / "doc" / "natscreds.txt").read_text()
NAMES = ["BridgeEnded", "Created", "Deleted", "OutcomeUnknown", "RevocationPending"]


@pytest.fixture
def listening(start):
    def listening(**more):
        editor = start(**more)
        editor.lua(LISTEN)
        return editor

    return listening


def events(editor, count):
    eventually(lambda: editor.lua("return #_events") == count, "another number of events")
    # Afterwards there is none.
    assert editor.lua("return vim.g.natscreds_event == nil")
    return editor.lua("return _events")


def test_a_credential_that_is_created_and_deleted(here, listening):
    editor = listening()
    editor.command("create app")
    editor.says("created app")
    ((name, made),) = events(editor, 1)
    assert name == "Created" and here.rows("SELECT id FROM credentials") == [(made["id"],)]
    assert made == {**made, "name": "app", "region": "local", "path": str(here.folder / "app.creds"), "pushed": True} and len(made) == 7
    editor.command("delete app")
    editor.answer("yes<CR>")
    editor.says("deleted app")
    assert events(editor, 2)[1] == ["Deleted", {"id": made["id"], "name": "app", "region": "local"}]


def test_functions_of_the_lua_api_tell_too_and_no_event_has_a_secret(here, listening):
    editor = listening()
    editor.lua("_ask = function(name, params) require('natscreds')[name](params, function(_, result) _result = result end) end")
    editor.lua("_ask('create', { name = 'app' })")
    ((_, made),) = events(editor, 1)
    editor.lua("_ask('create', { name = 'app', if_exists = 'replace', overwrite = true })")
    (_, (second, again), (third, replaced)) = events(editor, 3)
    assert (second, third) == ("Created", "Deleted") and (again["name"], replaced["id"]) == ("app", made["id"])
    editor.lua("_ask('delete', { nats_credentials_id = ... })", again["id"])
    # Nothing was changed, so there is nothing to tell.
    editor.lua("_ask('delete', { nats_credentials_id = ..., missing_ok = true })", again["id"])
    editor.lua("_ask('get', { nats_credentials_id = ... })", again["id"])
    editor.round_trip()
    told = json.dumps(events(editor, 4))
    saved = (here.folder / "app.creds").read_text()
    for secret in re.findall(r"^[A-Za-z0-9_.-]{40,}$", saved, re.MULTILINE):
        assert secret not in told
    assert len(re.findall(r"^[A-Za-z0-9_.-]{40,}$", saved, re.MULTILINE)) == 2


def test_a_deletion_that_a_server_does_not_hear(here, listening):
    with here.bridge() as bridge:
        ((id, _),) = [create(bridge, "app")]
        assert bridge.end()[0] == 0
    editor = listening()
    with NATSServer(here.state / "nats-server.conf", here.port) as server:
        with paused(server):
            editor.command(f"delete {id}")
            editor.answer("yes<CR>")
            editor.says("NOT YET CUT OFF")
            ((name, data),) = events(editor, 1)
            assert name == "RevocationPending" and (data["id"], data["name"], data["region"], data["reason"]) == (id, "app", "local", "silent")
            assert len(data["servers"]) == 1
        eventually(lambda: here.rows("SELECT * FROM credentials WHERE id = ?", id) == [], "it stays")
        editor.lua("require('natscreds').delete({ nats_credentials_id = ..., missing_ok = true }, function() end)", id)
        assert events(editor, 2)[1] == ["Deleted", {"id": id, "region": "local"}]


def test_what_was_deleted_is_told_when_its_row_was_shown(here, listening):
    """By another process, and long ago: for the user of this editor it is news."""
    with here.bridge() as bridge:
        ((id, _),) = [create(bridge, "app")]
        assert bridge.end()[0] == 0
    editor = listening()
    editor.command("list")
    editor.shows("1 credential")
    with here.bridge() as bridge:
        bridge.result("credentials.delete", {"nats_credentials_id": id})
        assert bridge.end()[0] == 0
    editor.lua("require('natscreds').delete({ nats_credentials_id = ..., missing_ok = true }, function() end)", id)
    assert events(editor, 1) == [["Deleted", {"id": id, "region": "local"}]]
    assert editor.lines()[-1] == "0 credentials"


def test_a_bridge_that_ends_in_the_middle_of_a_change(listening, stand_in):
    program, log = stand_in("silent")
    editor = listening(program=program)
    editor.command("create app")
    eventually(lambda: "credentials.create" in log.read_text(), "the request is not sent")
    editor.lua("vim.loop.kill(..., 'sigkill')", editor.bridge_pid())
    told = dict(events(editor, 2))
    assert set(told) == {"OutcomeUnknown", "BridgeEnded"} and "signal 9" in told["BridgeEnded"]["reason"]
    assert told["OutcomeUnknown"] == {"method": "credentials.create", "name": "app", "kind": "bridge_ended"}


def test_an_autocommand_that_fails_stops_nothing(editor):
    editor.lua("vim.api.nvim_create_autocmd('User', { pattern = 'NatsCredsCreated', callback = function() error('mine') end })")
    editor.command("create app")
    # Neovim shows the error, and waits for a key.
    editor.answer("<CR>")
    editor.says("created app, saved in ")


def test_vimscript_hears_it(editor):
    editor.nvim.command("autocmd User NatsCredsCreated let g:made = g:natscreds_event.name")
    editor.command("create app")
    editor.says("created app")
    assert editor.nvim.vars["made"] == "app"


def test_every_event_is_in_the_help_and_the_readme():
    source = (PLUGIN / "lua" / "natscreds" / "changes.lua").read_text()
    assert sorted(set(re.findall(r'tell\("NatsCreds(\w+)"', source))) == NAMES
    for name in NAMES:
        assert f"*NatsCreds{name}*" in HELP and f"`NatsCreds{name}`" in README, name
