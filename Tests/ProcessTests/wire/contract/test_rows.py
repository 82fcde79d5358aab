"""What every backend promises of accounts and credentials: made, read, changed, deleted, and not there."""

import hashlib
import re

import pytest

from backends import (
    ID, KINDS, NO_ACCOUNT, NO_CREDENTIAL, PROJECT, get, ids, listed, make, make_account, make_one, not_found, refused, streamed,
)  # fmt: skip
from issued import claims, secret_of

NAMES = {
    "one letter": "x", "space": " ", "Latin": "Zugang f\u00fcr \u00c6gir", "two ways to write one letter": "\u00e9e\u0301", "Chinese": "\u51ed\u636e",
    "beyond the first plane": "\U0001f511\U0001f468\u200d\U0001f469", "right to left": "\u05de\u05e4\u05ea\u05d7 \u202e",
    "signs": "\"\\/<>&'`$%{}[]#?*",
    "a path": "../../x", "line separators": "a\u2028b\u2029c", "the last of all": "\U0010ffff\uffff\ufeff", "like JSON": '{"a":null}',
    "like a number": "1e3",
}  # fmt: skip


# Making and reading.


def test_an_account_is_made_and_read_again(backend, bridge):
    made = make_account(bridge, "mine")
    row = backend.change(made)
    assert made["name"] == "mine" and re.fullmatch(r"nats://[a-z0-9.-]+:\d+", made["endpoint"])
    assert set(row) == {"id", "name", "endpoint", "project_id", "region", "created_at", "updated_at"}
    assert backend.row(get(bridge, "accounts", made["id"])) == row
    assert [backend.row(each) for each in listed(bridge, "accounts")] == [row]
    assert [backend.row(each) for each in streamed(bridge, "accounts")[1]] == [row]


def test_a_credential_is_made_and_read_again(backend, bridge, account):
    made = make(bridge, account, "mine")
    row = backend.change(made)
    assert (made["name"], made["nats_account_id"]) == ("mine", account)
    assert set(row) == {"id", "name", "nats_account_id", "region", "created_at", "updated_at", "checksum", "credentials"}
    assert backend.row(get(bridge, "credentials", made["id"])) == row
    assert [backend.row(each) for each in listed(bridge, "credentials")] == [row]
    assert [backend.row(each) for each in streamed(bridge, "credentials")[1]] == [row]


def test_what_was_made_is_there_for_a_new_process(backend, bridge, account):
    row = backend.change(make(bridge, account))
    assert bridge.end()[0] == 0
    assert backend.row(get(backend.new_bridge(), "credentials", row["id"])) == row


def test_the_secret_is_whole_and_in_the_answer_of_create_only(bridge, account):
    made = make(bridge, account, "mine")
    text = secret_of(made)
    assert hashlib.sha1(text.encode()).hexdigest() == made["checksum"]
    found = claims(text)
    assert (found["name"], found["nats"]["issuer_account"]) == ("mine", account)
    others = [get(bridge, "credentials", made["id"]), *listed(bridge, "credentials"), *streamed(bridge, "credentials")[1]]
    assert len(others) == 3 and all(row["credentials"] is None for row in others)


def test_every_secret_is_another(bridge, account):
    texts = {secret_of(make(bridge, account)) for _ in range(3)}
    assert len({claims(text)["sub"] for text in texts}) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_made_up_where_none_is_given(bridge, account, kind):
    params = {"nats_account_id": account} if kind == "credentials" else {}
    names = [bridge.result(f"{kind}.create", params)["name"] for _ in range(2)]
    assert names[0] != names[1] and all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_names_need_not_be_unique(bridge, kind):
    account = make_account(bridge, "same")["id"]
    for _ in range(2):
        make_account(bridge, "same") if kind == "accounts" else make(bridge, account, "same")
    assert [row["name"] for row in listed(bridge, kind)] == ["same"] * (3 if kind == "accounts" else 2)


def named(bridge, kind, name):
    made = make_account(bridge, name) if kind == "accounts" else make(bridge, make_account(bridge)["id"], name)
    read = [made, get(bridge, kind, made["id"]), listed(bridge, kind)[-1], streamed(bridge, kind)[1][-1]]
    return [row["name"] for row in read]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_comes_back_as_it_was_given(bridge, kind, name):
    assert named(bridge, kind, name) == [name] * 4


@pytest.mark.parametrize("kind, length", [("accounts", 64), ("credentials", 500)])
@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f511"])
def test_the_longest_name(bridge, kind, length, letter):
    """It counts characters, not bytes."""
    assert named(bridge, kind, letter * length) == [letter * length] * 4


@pytest.mark.parametrize("kind, length", [("accounts", 64), ("credentials", 500)])
def test_no_other_names(bridge, account, kind, length):
    for name in ("", "x" * (length + 1), "a\nb", "\0", "\x7f", "\x85"):
        params = {"name": name, **({"nats_account_id": account} if kind == "credentials" else {})}
        refused(bridge.error(f"{kind}.create", params), "name")
    assert len(listed(bridge, kind)) == (1 if kind == "accounts" else 0)


def test_the_account_of_a_credential_that_names_none(backend, bridge):
    answer = bridge.call("credentials.create", {"name": "c"})
    if backend.account_is_optional:
        assert [row["id"] for row in listed(bridge, "accounts")] == [answer["result"]["nats_account_id"]]
    else:
        refused(answer["error"], "nats_account_id")
        assert listed(bridge, "accounts") == []


def test_a_project_of_the_caller_s(bridge):
    account = make_account(bridge, project_id=PROJECT)
    assert account["project_id"] == get(bridge, "accounts", account["id"])["project_id"] == PROJECT
    assert [row["project_id"] for row in listed(bridge, "accounts")] == [PROJECT]


def test_every_result_says_which_region_it_is_of(backend, bridge, account):
    made = make(bridge, account)
    results = [
        made, make_account(bridge), get(bridge, "accounts", account), get(bridge, "credentials", made["id"]),
        bridge.result("accounts.update", {"nats_account_id": account, "name": "b"}), bridge.result("accounts.list"),
        bridge.result("credentials.list"), streamed(bridge, "accounts")[0], streamed(bridge, "credentials")[0],
        *listed(bridge, "accounts"), *listed(bridge, "credentials"),
    ]  # fmt: skip
    assert [result["region"] for result in results] == [backend.region] * len(results)


# Changing.


def test_an_account_is_renamed(backend, bridge, account):
    before = backend.row(get(bridge, "accounts", account))
    result = backend.change(bridge.result("accounts.update", {"nats_account_id": account, "name": "n\u00e9w"}))
    assert {name for name in before if before[name] != result[name]} == {"name", "updated_at"}
    assert result["name"] == "n\u00e9w" and result["updated_at"] > before["updated_at"]
    assert backend.row(get(bridge, "accounts", account)) == result == backend.row(listed(bridge, "accounts")[0])


def test_no_other_names_by_update(bridge, account):
    for name in ("", "x" * 65, "a\tb"):
        refused(bridge.error("accounts.update", {"nats_account_id": account, "name": name}), "name")
    refused(bridge.error("accounts.update", {"nats_account_id": account}), "name")
    assert get(bridge, "accounts", account)["name"] == "a"


# Deleting.


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_deleted_is_gone(bridge, kind):
    id = make_one(bridge, kind)["id"]
    kept = ids(bridge, kind) + [make_one(bridge, kind)["id"]]
    kept.remove(id)
    result = bridge.result(f"{kind}.delete", {ID[kind]: id})
    assert (result[ID[kind]], result["deleted"]) == (id, True)
    not_found(bridge.error(f"{kind}.get", {ID[kind]: id}), kind, id)
    assert ids(bridge, kind) == [row["id"] for row in streamed(bridge, kind)[1]] == kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_says_which_region_it_was_in(backend, bridge, kind):
    assert bridge.result(f"{kind}.delete", {ID[kind]: make_one(bridge, kind)["id"]})["region"] == backend.region


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_deletion_finds_nothing(bridge, kind):
    id = make_one(bridge, kind)["id"]
    bridge.result(f"{kind}.delete", {ID[kind]: id})
    not_found(bridge.error(f"{kind}.delete", {ID[kind]: id}), kind, id)
    result = bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})
    assert (result[ID[kind]], result["deleted"]) == (id, False)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_ok_deletes_what_is_there(bridge, kind):
    id = make_one(bridge, kind)["id"]
    assert bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})["deleted"] is True
    assert ids(bridge, kind) == []


def test_a_deleted_account_takes_its_credentials_and_no_others(bridge, account):
    other = make_account(bridge)["id"]
    gone = [make(bridge, account)["id"] for _ in range(3)]
    kept = make(bridge, other)["id"]
    bridge.result("accounts.delete", {"nats_account_id": account})
    assert ids(bridge, "credentials") == [kept] and ids(bridge, "accounts") == [other]
    assert ids(bridge, "credentials", nats_account_id=account) == []
    for id in gone:
        not_found(bridge.error("credentials.get", {"nats_credentials_id": id}), "credentials", id)
    not_found(bridge.error("credentials.create", {"nats_account_id": account, "name": "c"}), "accounts", account)


# What is not there, and what cannot be.


@pytest.mark.parametrize("method, more", [
    ("accounts.get", {}), ("accounts.update", {"name": "b"}), ("accounts.delete", {}), ("credentials.get", {}), ("credentials.delete", {}),
])  # fmt: skip
def test_not_found(bridge, account, method, more):
    kind = method.split(".")[0]
    id = NO_ACCOUNT if kind == "accounts" else NO_CREDENTIAL
    not_found(bridge.error(method, {ID[kind]: id, **more}), kind, id)
    assert ids(bridge, "accounts") == [account]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_ok_and_nothing_there(bridge, kind):
    id = NO_ACCOUNT if kind == "accounts" else NO_CREDENTIAL
    assert bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})["deleted"] is False


@pytest.mark.parametrize("more", [{}, {"save_to": "x.creds"}, {"nats_context": "x"}, {"if_exists": "fail"}], ids=str)
def test_a_credential_of_an_account_that_is_not_there(backend, bridge, account, more):
    not_found(bridge.error("credentials.create", {"nats_account_id": NO_ACCOUNT, "name": "c", **more}), "accounts", NO_ACCOUNT)
    assert ids(bridge, "credentials") == [] and not list(backend.home.rglob("x.*"))


@pytest.mark.parametrize("params", [
    {"nats_account_id": NO_ACCOUNT[:-1] + ("A" if NO_ACCOUNT[-1] != "A" else "B")}, {"nats_account_id": NO_CREDENTIAL},
    {"nats_account_id": NO_ACCOUNT.lower()}, {"nats_account_id": ""}, {"nats_account_id": f"../nats-credentials/{NO_CREDENTIAL}"},
])  # fmt: skip
def test_an_account_s_id_is_one_or_refused(bridge, account, params):
    methods = {"accounts.get": {}, "accounts.update": {"name": "b"}, "accounts.delete": {}, "credentials.create": {"name": "c"},
               "credentials.list": {}, "credentials.stream": {}}  # fmt: skip
    for method, more in methods.items():
        refused(bridge.error(method, {**params, **more}), "nats_account_id")
    assert ids(bridge, "accounts") == [account]


@pytest.mark.parametrize("id", [NO_ACCOUNT, NO_CREDENTIAL[:-1], NO_CREDENTIAL + "0", "", f"../nats-accounts/{NO_ACCOUNT}", "{" + NO_CREDENTIAL + "}"])
def test_a_credential_s_id_is_one_or_refused(bridge, account, id):
    for method in ("credentials.get", "credentials.delete"):
        refused(bridge.error(method, {"nats_credentials_id": id}), "nats_credentials_id")
    assert ids(bridge, "accounts") == [account]


def test_a_credential_s_id_may_be_in_capitals(bridge, account):
    id = make(bridge, account)["id"]
    assert get(bridge, "credentials", id.upper())["id"] == id
