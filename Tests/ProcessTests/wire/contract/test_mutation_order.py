"""What every backend promises of the order of mutations."""

import json

from backends import get, ids, listed, make
from bridge import masked
from messages import call


def answers(bridge, *requests):
    """All of them in one write; what each was answered, by its id."""
    bridge.send(b"\n".join(json.dumps(each).encode() for each in requests))
    found = [bridge.message() for _ in requests]
    assert all("result" in message for message in found), [masked(message) for message in found if "error" in message]
    return {message["id"]: message["result"] for message in found}


def test_pipelined_requests_see_the_changes_before_them(bridge, account):
    old = make(bridge, account, "old")["id"]
    found = answers(
        bridge,
        call("before", "credentials.list"),
        call("made", "credentials.create", nats_account_id=account, name="new"),
        call("with it", "credentials.list"),
        call("deleted", "credentials.delete", nats_credentials_id=old),
        call("without it", "credentials.list"),
        call("renamed", "accounts.update", nats_account_id=account, name="renamed"),
        call("its name", "accounts.get", nats_account_id=account),
    )  # fmt: skip
    # A read waits for the changes before it, and no change for a read: so each may have seen later ones, too.
    names = {id: [row["name"] for row in found[id]["nats_credentials"]] for id in ("with it", "without it")}
    assert "new" in names["with it"] and names["without it"] == ["new"]
    assert found["its name"]["name"] == "renamed" and found["deleted"]["deleted"] is True


def test_pipelined_changes_are_made_in_their_order(bridge, account):
    names = [f"n{number}" for number in range(30)]
    found = answers(bridge, *(call(name, "credentials.create", nats_account_id=account, name=name) for name in names))
    assert [row["name"] for row in listed(bridge, "credentials")] == names
    assert ids(bridge, "credentials") == [found[name]["id"] for name in names]
    answers(bridge, *(call(name, "accounts.update", nats_account_id=account, name=name) for name in names))
    assert get(bridge, "accounts", account)["name"] == "n29"


def test_an_account_and_all_it_holds_by_one_write_each(bridge):
    found = answers(bridge, *(call(number, "accounts.create", name=f"n{number}") for number in range(5)))
    accounts = [found[number]["id"] for number in range(5)]
    answers(bridge, *(call(number, "credentials.create", nats_account_id=id) for number, id in enumerate(accounts)))
    changes = [call(number, "accounts.delete", nats_account_id=id) for number, id in enumerate(accounts[1:])]
    found = answers(bridge, *changes, call("left", "credentials.list"), call("accounts", "accounts.list"))
    assert [row["nats_account_id"] for row in found["left"]["nats_credentials"]] == accounts[:1]
    assert [row["id"] for row in found["accounts"]["nats_accounts"]] == accounts[:1]
