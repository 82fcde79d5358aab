"""What every backend promises of files, and of a name as the caller's key."""

import json

import pytest

from backends import get, ids, make, make_account
from issued import claims, saved_right

# Files.


def test_save_to(backend, bridge, account):
    result = make(bridge, account, "mine", save_to="mine.creds")
    text = saved_right(result)
    assert result["saved"]["path"] == str(backend.home / "mine.creds") and claims(text.decode())["nats"]["issuer_account"] == account
    assert backend.change(result) == backend.row(get(bridge, "credentials", result["id"]))


def test_a_file_that_exists_stays_and_nothing_is_made(backend, bridge, account):
    path = backend.home / "mine.creds"
    path.write_text("mine")
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "c", "save_to": "mine.creds"})
    assert (error["code"], error["data"]["reason"], error["data"]["outcome"]) == (1470, "exists", "none")
    assert path.read_text() == "mine" and ids(bridge, "credentials") == []
    path.chmod(0o600)
    saved_right(make(bridge, account, save_to="mine.creds", overwrite=True))


def test_a_folder_that_is_not_there(bridge, account):
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "c", "save_to": "nowhere/mine.creds"})
    assert (error["code"], error["data"]["outcome"]) == (1470, "none")
    assert ids(bridge, "credentials") == []


def test_nats_context(backend, bridge, account):
    result = make(bridge, account, nats_context="mine")
    saved_right(result)
    folder = backend.home / "config/nats/context"
    context = json.loads((folder / "mine.json").read_text())
    assert set(context) == {"description", "url", "creds"}
    assert context["url"] == get(bridge, "accounts", account)["endpoint"]
    assert context["creds"] == result["saved"]["path"] == str(folder / "mine.creds")


def test_nats_context_with_a_file_of_one_s_own(backend, bridge, account):
    result = make(bridge, account, nats_context="mine", save_to="mine.creds")
    saved_right(result)
    folder = backend.home / "config/nats/context"
    assert json.loads((folder / "mine.json").read_text())["creds"] == str(backend.home / "mine.creds")
    assert [path.name for path in folder.iterdir()] == ["mine.json"]


# A name as the caller's key.


def conflict(error, kind, candidates):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1409, kind, "none", False), error
    assert sorted(data["candidates"]) == sorted(candidates)


def test_if_exists_fail(bridge, account):
    other = make_account(bridge)["id"]
    make(bridge, other, "mine")
    first = make(bridge, account, "mine", if_exists="fail")["id"]
    for _ in range(2):
        conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "mine", "if_exists": "fail"}), "already_exists", [first])
    assert ids(bridge, "credentials", nats_account_id=account) == [first]
    second = make(bridge, account, "mine", if_exists="allow")["id"]
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "mine", "if_exists": "fail"})
    conflict(error, "already_exists", [first, second])


@pytest.mark.parametrize("name", ["Mine", "mine ", "min", "m\u0131ne"])
def test_if_exists_means_exactly_this_name(bridge, account, name):
    make(bridge, account, "mine")
    make(bridge, account, name, if_exists="fail")
    assert len(ids(bridge, "credentials")) == 2


def test_if_exists_finds_a_name_beyond_the_first_page(bridge, account):
    first = [make(bridge, account, f"n{number}")["id"] for number in range(25)]
    conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "n0", "if_exists": "fail"}), "already_exists", first[:1])
    conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "n24", "if_exists": "fail"}), "already_exists", first[24:])


def test_if_exists_replace(bridge, account):
    other = make(bridge, make_account(bridge)["id"], "mine")["id"]
    first = make(bridge, account, "mine", save_to="mine.creds", if_exists="replace")
    old = saved_right(first)
    assert "replaced" not in first or first["replaced"] == []
    second = make(bridge, account, "mine", save_to="mine.creds", if_exists="replace", overwrite=True)
    is_another = saved_right(second) != old
    assert is_another and second["replaced"] == [first["id"]]
    assert ids(bridge, "credentials") == [other, second["id"]]


def test_if_exists_replace_of_several_is_a_conflict(backend, bridge, account):
    both = [make(bridge, account, "mine")["id"] for _ in range(2)]
    params = {"nats_account_id": account, "name": "mine", "save_to": "mine.creds", "if_exists": "replace"}
    conflict(bridge.error("credentials.create", params), "conflict", both)
    assert ids(bridge, "credentials") == both and not (backend.home / "mine.creds").exists()
