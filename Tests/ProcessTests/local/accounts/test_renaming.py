"""Accounts that are renamed, on a real nats-server: what the server and resolver/ have is what was answered."""

import time

import pytest

from account_changes import CLOSE, UNKNOWN, UPDATE, accounts, assert_not_found, get, outline, rename
from live_clients import Client, paused
from revoking import DELETE, create, payload


def test_a_new_name_is_answered_listed_and_pushed(served):
    before = get(served)
    after = rename(served, "orders")
    assert after.pop("pushed") is True
    assert after == {**before, "name": "orders", "updated_at": after["updated_at"]} and after["updated_at"] > before["updated_at"]
    assert get(served) == after == accounts(served.serving)[served.account]
    assert served.server_claims(served.account)["name"] == served.file_claims(served.account)["name"] == "orders"
    with served.bridge() as another:
        assert get(served, bridge=another) == after


def test_a_new_name_disturbs_no_connection(served):
    with Client(served.port, served.creds) as one, Client(served.port, served.creds) as other:
        one.hears("news")
        for number in range(5):
            rename(served, f"name {number}")
            other.says("news", f"number {number}")
        assert [one.next() for _ in range(5)] == [f"number {number}" for number in range(5)]
    assert served.is_accepted(served.creds)


def test_changes_in_one_second_are_strictly_newer(served):
    """Equal or older claims would be lost between two servers."""
    seen = [served.server_claims(served.account)["iat"]]
    begun = time.time()
    for number in range(12):
        if number % 4 == 3:
            id, creds = create(served.serving, "short-lived", nats_account_id=served.account)
            assert served.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
        else:
            rename(served, f"name {number}")
        claims = served.file_claims(served.account)
        assert claims == served.server_claims(served.account)
        seen.append(claims["iat"])
    assert len(seen) - 1 > time.time() - begun, "so many changes in that time show nothing"
    assert all(newer > older for older, newer in zip(seen, seen[1:]))
    assert served.is_accepted(served.creds)


def test_a_new_name_brings_nobody_back(served):
    victim, creds = create(served.serving, "victim", nats_account_id=served.account)
    assert served.serving.result(DELETE, {"nats_credentials_id": victim})["deleted"]
    revocations = served.server_claims(served.account)["nats"]["revocations"]
    rename(served, "another name")
    assert served.server_claims(served.account)["nats"]["revocations"] == revocations
    assert payload(creds.splitlines()[1])["sub"] in revocations
    assert not served.is_accepted(creds) and served.is_accepted(served.creds)
    served.server.stop()
    rename(served, "while it is down")
    served.server.start()
    assert not served.is_accepted(creds) and served.is_accepted(served.creds)
    assert served.server_claims(served.account)["name"] == "while it is down"


def test_a_paused_server_hears_of_a_new_name_later(served):
    with paused(served.server) as go_on:
        assert rename(served, "later")["pushed"] is False
        assert get(served)["name"] == "later" and get(served)["state"] == "active"
        assert served.serving.result("bridge.info")["pending_pushes"] == 1
        go_on()
        served.heals()
    assert served.server_claims(served.account)["name"] == "later"
    assert served.serving.result("bridge.info")["pending_pushes"] == 0


@pytest.mark.parametrize("name", ["x", "n" * 64, "\N{PARTY POPPER}" * 64, '"\\/<&>', " ", "first", "neighbour", "Zoë \u202e\u2028"])
def test_any_name_will_do_also_one_that_is_taken(name, served):
    assert rename(served, name)["name"] == name == get(served)["name"]
    assert served.server_claims(served.account)["name"] == served.file_claims(served.account)["name"] == name
    assert served.is_accepted(served.creds)


def test_two_accounts_may_be_made_with_one_name(here):
    made = [here.serving.result("accounts.create", {"name": "twin"})["id"] for _ in range(2)]
    rows = accounts(here.serving)
    assert made[0] != made[1] and [rows[id]["name"] for id in made] == ["twin", "twin"]


@pytest.mark.parametrize("name", ["", "n" * 65, "\N{PARTY POPPER}" * 65, "a\nb", "\u0000", "\u0085", None, 7, ["x"]])
def test_a_bad_name_is_refused_and_changes_nothing(name, here):
    before, claims = get(here), here.file_claims(here.account)
    for method, params in ((UPDATE, {"nats_account_id": here.account, "name": name}), ("accounts.create", {"name": name})):
        error = here.serving.error(method, params)
        assert outline(error) == (-32602, "invalid_params", "none")
        assert [field["name"] for field in error["data"]["fields"]] == ["name"]
    assert get(here) == before and here.file_claims(here.account) == claims and len(accounts(here.serving)) == 2


def test_a_name_is_needed_to_rename(here):
    error = here.serving.error(UPDATE, {"nats_account_id": here.account})
    assert outline(error) == (-32602, "invalid_params", "none") and error["data"]["fields"][0]["name"] == "name"


BAD_IDS = ["", "x", UNKNOWN[:-1] + "D", UNKNOWN.lower(), UNKNOWN + "/..", "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f", None]


@pytest.mark.parametrize("method, more", [(UPDATE, {"name": "x"}), (CLOSE, {}), (CLOSE, {"missing_ok": True})])
@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_account_id_is_refused(id, method, more, here):
    error = here.serving.error(method, {"nats_account_id": id, **more})
    assert outline(error) == (-32602, "invalid_params", "none")
    assert [field["name"] for field in error["data"]["fields"]] == ["nats_account_id"]
    assert len(accounts(here.serving)) == 2


def test_an_unknown_account_is_not_found(here):
    assert_not_found(here.serving.error(UPDATE, {"nats_account_id": UNKNOWN, "name": "x"}), "account", UNKNOWN)
    assert_not_found(here.serving.error(CLOSE, {"nats_account_id": UNKNOWN}), "account", UNKNOWN)
    result = here.serving.result(CLOSE, {"nats_account_id": UNKNOWN, "missing_ok": True})
    assert result == {"nats_account_id": UNKNOWN, "deleted": False, "region": "local"}
    assert len(accounts(here.serving)) == 2 and not list((here.state / "resolver").glob(f"{UNKNOWN}*"))
