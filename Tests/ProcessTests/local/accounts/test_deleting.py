"""Accounts that are deleted, on a real nats-server: a deletion cuts off everybody, for good; what the server and resolver/ have is what was
answered. Most of the time goes into a paused server, which is given 2 s for each conversation."""

import contextlib
import json

import pytest

from account_changes import CLOSE, UPDATE, accounts, assert_not_found, assert_pending, close, get, outline, rename
from bridge import LIMIT, masked
from live_clients import Client, hear_each_other, keeps_a_stream, paused
from process_tools import call
from revoking import CREATE, DELETE, create, eventually, listed, payload

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
