"""Accounts that are renamed and deleted, on a real nats-server: a deletion cuts off everybody, for good; what the server and resolver/ have
is what was answered. Takes about half a minute, most of it for a paused server, which is given 2 s for each conversation."""

import contextlib
import json
import time

import pytest

from bridge import LIMIT, masked
from live_clients import Client, hear_each_other, keeps_a_stream, paused, server_name
from nats_server import Port
from process_tools import call
from revoking import CREATE, DELETE, Home, create, eventually, listed, payload

UNKNOWN = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
UPDATE, CLOSE = "accounts.update", "accounts.delete"


@pytest.fixture
def here(home):
    """A home with two accounts, a credential in the first, and a bridge that serves; the server is down."""
    with Port() as port:
        place = Home(home, port)
        with place.bridge() as bridge:
            place.serving = bridge
            place.account = bridge.result("accounts.create", {"name": "first"})["id"]
            place.neighbour = bridge.result("accounts.create", {"name": "neighbour"})["id"]
            place.keeper = create(bridge, "keeper", nats_account_id=place.neighbour)[1]
            place.id, place.creds = create(bridge, "app", nats_account_id=place.account)
            yield place
        place.server.stop()


@pytest.fixture
def served(here):
    """The same with its server, which has been told of the account."""
    with here.server:
        renamed = here.serving.result(UPDATE, {"nats_account_id": here.account, "name": "known"})
        assert renamed["pushed"] is True
        yield here


def rename(case, name, account=None, bridge=None):
    return (bridge or case.serving).result(UPDATE, {"nats_account_id": account or case.account, "name": name})


def close(case, account=None, bridge=None, purged=True):
    account = account or case.account
    result = (bridge or case.serving).result(CLOSE, {"nats_account_id": account})
    assert result == {"nats_account_id": account, "deleted": True, "purged": purged, "region": "local"}


def get(case, account=None, bridge=None):
    return (bridge or case.serving).result("accounts.get", {"nats_account_id": account or case.account})


def accounts(bridge):
    page = bridge.result("accounts.list")
    assert page["total_count"] == len(page["nats_accounts"])
    return {row["id"]: row for row in page["nats_accounts"]}


def outline(error):
    return error["code"], error["data"]["kind"], error["data"]["outcome"]


def assert_not_found(error, resource, id):
    assert outline(error) == (1404, "not_found", "none")
    assert (error["data"]["resource"], error["data"]["resource_id"]) == (resource, id)


def assert_pending(error, resource, id, case):
    assert outline(error) == (1504, "revocation_pending", "done")
    data = error["data"]
    assert (data["resource"], data["resource_id"], data["servers"]) == (resource, id, [server_name(case)])
    assert data["reason"] == "silent" and data["retryable"]


# Renaming.


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


# Deleting.


def test_everybody_has_been_cut_off_before_the_answer_is_read(served):
    issued = [(served.id, served.creds), *(create(served.serving, "more", nats_account_id=served.account) for _ in range(3))]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(served.port, creds)) for _, creds in issued for _ in range(10)]
        neighbours = [stack.enter_context(Client(served.port, served.keeper)) for _ in range(2)]
        hear_each_other(clients[0], clients[-1])
        close(served)
        assert [client.has_ended() for client in clients] == [True] * len(clients)
        hear_each_other(*neighbours)
    assert not any(served.is_accepted(creds) for _, creds in issued)
    assert served.is_accepted(served.keeper)
    is_gone(served, [id for id, _ in issued])


def is_gone(case, ids, bridge=None):
    """The account and its credentials, for every method that could name them."""
    bridge = bridge or case.serving
    account = {"nats_account_id": case.account}
    assert list(accounts(bridge)) == [case.neighbour]
    assert {row["nats_account_id"] for row in listed(bridge).values()} == {case.neighbour}
    assert bridge.result("credentials.list")["total_count"] == len(listed(bridge))
    assert bridge.result("credentials.list", account)["nats_credentials"] == []
    for method, params in (("accounts.get", {}), (UPDATE, {"name": "x"}), (CLOSE, {}), (CREATE, {"name": "late"})):
        assert_not_found(bridge.error(method, {**account, **params}), "account", case.account)
    assert bridge.result(CLOSE, {**account, "missing_ok": True}) == {**account, "deleted": False, "region": "local"}
    for id in ids:
        for method in ("credentials.get", DELETE):
            assert_not_found(bridge.error(method, {"nats_credentials_id": id}), "credentials", id)
    assert bridge.result("bridge.info")["pending_pushes"] == 0
    if case.server.process:
        eventually(lambda: not (case.state / "pending").exists(), "the mark stays")


def test_the_claims_that_close_it_let_nobody_in(served):
    victim, _ = create(served.serving, "victim", nats_account_id=served.account)
    assert served.serving.result(DELETE, {"nats_credentials_id": victim})["deleted"]
    before = served.server_claims(served.account)
    close(served)
    claims = served.file_claims(served.account)
    assert claims == served.server_claims(served.account) and claims["iat"] > before["iat"] and claims["sub"] == served.account
    assert claims["nats"]["limits"]["conn"] == claims["nats"]["limits"]["leaf"] == 0
    revocations = claims["nats"]["revocations"]
    assert list(revocations) == ["*"] and revocations["*"] >= payload(served.creds.splitlines()[1])["iat"]
    assert "signing_keys" not in claims["nats"]


@pytest.mark.parametrize("restarted", ["server", "bridge", "both"])
def test_it_stays_deleted_when_everything_is_started_again(restarted, served):
    close(served)
    if restarted != "server":
        assert served.serving.end()[0] == 0
    if restarted != "bridge":
        served.server.stop()
        served.server.start()
    with served.bridge() as again:
        is_gone(served, [served.id], again)
        rename(served, "later claims", served.neighbour, again)
        assert not served.is_accepted(served.creds) and served.is_accepted(served.keeper)


def test_a_server_that_is_down_reads_the_deletion_when_it_starts(here):
    with here.server:
        assert here.is_accepted(here.creds)
    close(here, purged=False)
    is_gone(here, [here.id])
    assert here.serving.end()[0] == 0
    with here.server:
        assert not here.is_accepted(here.creds) and here.is_accepted(here.keeper)


def test_a_server_that_never_heard_of_it_lets_nobody_in(here):
    close(here, purged=False)
    is_gone(here, [here.id])
    with here.server:
        assert not here.is_accepted(here.creds) and here.is_accepted(here.keeper)


def test_an_account_without_credentials_is_deleted(served):
    empty = served.serving.result("accounts.create", {"name": "empty"})["id"]
    close(served, empty)
    assert set(accounts(served.serving)) == {served.account, served.neighbour}
    assert served.is_accepted(served.creds) and served.is_accepted(served.keeper)


def test_the_last_account_is_deleted_and_a_new_one_is_made_when_it_is_needed(served):
    close(served)
    close(served, served.neighbour)
    assert accounts(served.serving) == {} and listed(served.serving) == {}
    assert not served.is_accepted(served.creds) and not served.is_accepted(served.keeper)
    creds = create(served.serving, "new")[1]
    ((account, row),) = accounts(served.serving).items()
    assert row["name"] == "default" and account not in (served.account, served.neighbour)
    assert served.is_accepted(creds)


def test_an_account_with_a_stream_is_deleted_and_the_server_still_starts(served):
    with Client(served.port, served.creds) as client:
        keeps_a_stream(client)
        close(served)
        assert client.has_ended()
    for _ in range(2):
        served.server.stop()
        served.server.start()
        assert not served.is_accepted(served.creds) and served.is_accepted(served.keeper)
    is_gone(served, [served.id])


def test_many_credentials_go_with_it(served):
    made = [create(served.serving, f"number {number}", nats_account_id=served.account) for number in range(120)]
    close(served)
    assert served.serving.result("credentials.list", {"nats_account_id": served.account})["total_count"] == 0
    assert set(row["name"] for row in listed(served.serving).values()) == {"keeper"}
    assert not any(served.is_accepted(creds) for _, creds in made[::20])


# Deleting while a server cannot be told.


def test_a_paused_server_is_pending_and_cuts_off_by_itself_when_it_goes_on(served):
    with Client(served.port, served.creds) as client, Client(served.port, served.keeper) as neighbour:
        with paused(served.server) as go_on:
            assert_pending(served.serving.error(CLOSE, {"nats_account_id": served.account}), "account", served.account, served)
            is_being_deleted(served)
            assert not client.has_ended()
            go_on()
            # The bridge is asked nothing more.
            assert client.has_ended(LIMIT), "the connection stays"
            served.heals()
        neighbour.awaits_pong()
    is_gone(served, [served.id])
    assert not served.is_accepted(served.creds) and served.is_accepted(served.keeper)


def is_being_deleted(case, bridge=None):
    """Shown as it is, and closed to every change."""
    bridge = bridge or case.serving
    states = {row["name"]: row["state"] for row in accounts(bridge).values()}
    assert states == {"known": "revoking", "neighbour": "active"} and get(case, bridge=bridge)["state"] == "revoking"
    assert {row["name"]: row["state"] for row in listed(bridge).values()} == {"app": "revoking", "keeper": "active"}
    assert bridge.result("credentials.get", {"nats_credentials_id": case.id})["state"] == "revoking"
    for method, params in ((UPDATE, {"name": "x"}), (CREATE, {"name": "late"}), (CREATE, {"name": "app", "if_exists": "fail"})):
        assert outline(bridge.error(method, {"nats_account_id": case.account, **params})) == (1409, "conflict", "none")
    assert bridge.result("bridge.info")["pending_pushes"] == 1 and (case.state / "pending").exists()
    assert get(case, bridge=bridge)["name"] == "known"


def test_asked_again_it_waits_again_and_so_does_the_deletion_of_its_credentials(served):
    with Client(served.port, served.creds) as client, paused(served.server) as go_on:
        assert_pending(served.serving.error(CLOSE, {"nats_account_id": served.account}), "account", served.account, served)
        claims = served.file_claims(served.account)
        for method, params in ((DELETE, {"nats_credentials_id": served.id}), (CLOSE, {"nats_account_id": served.account})):
            served.serving.send({"jsonrpc": "2.0", "id": method, "method": method, "params": {**params, "missing_ok": True}})
        go_on()
        for _ in range(2):
            # If what goes on by itself was faster, there was nothing left to delete. In both cases it holds now.
            answer = served.serving.message()
            assert "deleted" in answer["result"], masked(answer)
            assert client.has_ended() and served.file_claims(served.account) == claims == served.server_claims(served.account)
    is_gone(served, [served.id])


def test_another_bridge_that_starts_goes_on_with_it(served):
    with Client(served.port, served.creds) as client, paused(served.server) as go_on:
        result = call(served.folder, CLOSE, f"nats_account_id={served.account}", *served.arguments)
        assert result.returncode == 6 and b"revocation_pending" in result.stdout + result.stderr
        assert served.serving.end()[0] == 0
        go_on()
        client.awaits_pong()
        with served.bridge() as another:
            assert client.has_ended(LIMIT), "the connection stays"
            served.heals()
            is_gone(served, [served.id], another)
    assert not served.is_accepted(served.creds) and served.is_accepted(served.keeper)


def test_a_credential_that_is_being_deleted_does_not_keep_its_account(served):
    """The second deletion covers the first."""
    with Client(served.port, served.creds) as client, paused(served.server) as go_on:
        assert_pending(served.serving.error(DELETE, {"nats_credentials_id": served.id}), "credentials", served.id, served)
        served.serving.send({"jsonrpc": "2.0", "id": 1, "method": CLOSE, "params": {"nats_account_id": served.account}})
        go_on()
        assert served.serving.message()["result"] == {"nats_account_id": served.account, "deleted": True, "purged": True, "region": "local"}
        assert client.has_ended()
    is_gone(served, [served.id])
    assert not served.is_accepted(served.creds)


def test_without_an_account_named_a_create_never_takes_one_that_is_being_deleted(served):
    with paused(served.server) as go_on:
        served.serving.call(CLOSE, {"nats_account_id": served.account})
        row = served.serving.result(CREATE, {"name": "somewhere"})
        assert row["nats_account_id"] == served.neighbour
        go_on()
        served.heals()
    assert served.is_accepted(row["credentials"]["content"])


def test_a_deletion_goes_through_call(served):
    result = call(served.folder, CLOSE, f"nats_account_id={served.account}", *served.arguments)
    assert result.returncode == 0 and json.loads(result.stdout) == {"nats_account_id": served.account, "deleted": True, "purged": True, "region": "local"}
    again = call(served.folder, CLOSE, f"nats_account_id={served.account}", *served.arguments)
    assert again.returncode == 3
    is_gone(served, [served.id])
