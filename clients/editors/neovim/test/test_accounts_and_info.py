"""`:NatsCreds accounts` and `:NatsCreds info`."""

import json

import pytest

from bridge import PROGRAM
from revoking import create, eventually


@pytest.fixture
def accounts(here):
    """Two accounts with a credential each; gives their ids."""
    with here.bridge() as bridge:
        ids = [bridge.result("accounts.create", {"name": name})["id"] for name in ("first", "zweites Konto")]
        for id in ids:
            create(bridge, f"of {id[:5]}", nats_account_id=id)
        assert bridge.end()[0] == 0
    return ids


def test_accounts_are_listed_with_endpoint_and_id(here, editor, accounts):
    editor.command("accounts")
    editor.shows("2 accounts")
    first, second = editor.lines()[2:4]
    assert first.split() == ["first", "active", first.split()[2], here.port.url, accounts[0]]
    assert second.startswith("zweites Konto  ") and second.endswith(accounts[1])


def test_enter_lists_the_credentials_of_the_account(editor, accounts):
    editor.command("accounts")
    editor.shows("2 accounts")
    editor.keys("4G<CR>")
    editor.shows("1 credential")
    assert editor.lines()[2].startswith(f"of {accounts[1][:5]}  ")
    assert editor.nvim.current.buffer.name == f"natscreds://credentials?nats_account_id={accounts[1]}&region=local"


def test_accounts_come_in_windows(start, wire, accounts):
    program, log = wire
    editor = start(program=program)
    editor.setup(page_size=1, max_pages=1)
    editor.command("accounts")
    eventually(lambda: editor.lines()[-1:] == ["2 accounts"], "the second window does not come")
    asked = [line["params"] for line in map(json.loads, log.read_text().splitlines()) if line["method"] == "accounts.stream"]
    assert len(asked) >= 2 and all(params["max_pages"] == 1 for params in asked)


def test_the_id_of_an_account_is_yanked(editor, accounts):
    editor.command("accounts")
    editor.shows("2 accounts")
    editor.keys("3GY")
    editor.says(f"yanked {accounts[0]}")
    assert editor.nvim.funcs.getreg('"') == accounts[0]


def test_info_says_what_the_bridge_is(editor):
    editor.command("info")
    assert editor.shows("protocol 1").startswith("nats-credentials-bridge ")
    assert editor.shows("Program:").endswith(f"{PROGRAM} (found by the variable NATS_CREDENTIALS_BRIDGE), running as process {editor.bridge_pid()}")
    assert editor.shows("Pending pushes:").split() == ["Pending", "pushes:", "0"]
    assert editor.shows("fr-par").split() == ["fr-par", "scaleway"]
    assert editor.shows("nats_url").split() == ["nats_url", "NATS_URL"]


def test_info_of_a_bridge_that_cannot_read_its_store(start, stand_in):
    editor = start(program=stand_in("odd")[0])
    editor.command("info")
    editor.shows("Pending pushes: unknown: the store cannot be read")


def test_info_is_shown_once_and_made_anew(editor):
    editor.command("info")
    editor.shows("protocol 1")
    editor.command("info")
    editor.keys("R")
    editor.shows("protocol 1")
    assert len(editor.nvim.windows) == 2
    editor.keys("q")
    assert len(editor.nvim.windows) == 1
