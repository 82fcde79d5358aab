"""A deletion that some nats-server has not heard of says so, and is enforced by itself as soon as that server can hear.

A server that says nothing is given 2 s for each conversation, so nearly all of this is waiting: some scenarios run at the same time, each with
servers of its own."""

import contextlib
import fcntl
import json

import pytest
from pending_deletions import Staged, is_pending, served, unserved

from bridge import LIMIT
from live_clients import hear_each_other, keeps_a_stream, listens, paused, slow_to_listen
from process_tools import call
from revoking import DELETE, create, eventually, listed

SCENARIOS = Staged(at_once=5)


# Nobody listens.


@SCENARIOS(unserved, never_started=False, known=True)
def a_server_that_is_down_reads_the_deletion_when_it_starts(here, was_known):
    if was_known:
        with here.server:
            assert here.is_accepted(here.creds)
            here.serving.result("accounts.update", {"nats_account_id": here.account, "name": "known"})
    here.deletes()
    # Nobody serves, so nobody tells the server anything.
    assert here.serving.end()[0] == 0
    with here.server:
        here.is_enforced()


@SCENARIOS(unserved)
def many_deletions_while_the_server_is_down(here):
    victims = [(here.id, here.creds), *(create(here.serving, "victim") for _ in range(10))]
    for id, _ in victims:
        assert here.serving.result(DELETE, {"nats_credentials_id": id})["deleted"]
    with here.server:
        assert not any(here.is_accepted(creds) for _, creds in victims)
        assert here.is_accepted(here.neighbour)


@contextlib.contextmanager
def starting(folder):
    """The server has read the account's claims for its JetStream data and does not listen yet: it refuses connections as one that is down
    does, and will not read anything more."""
    with served(folder) as here:
        keeps_a_stream(here.other)
        here.server.stop()
        with slow_to_listen(here.server, folder) as here.wait_until_it_listens:
            assert not listens(here.port)
            yield here


def answers_while_it_starts(here, method, params):
    answer = here.serving.call(method, params)
    assert "result" in answer or answer["error"]["data"]["kind"] == "revocation_pending"
    assert not listens(here.port), "the deletion took too long to show anything"


def goes_dead(here, *more):
    for creds in (here.creds, *more):
        eventually(lambda: not here.is_accepted(creds), "a deleted credential is accepted", limit=8)
    here.heals()
    here.mark_goes()


@SCENARIOS(starting)
def a_server_that_has_read_its_claims_and_does_not_listen_yet_is_told_when_it_does(here):
    answers_while_it_starts(here, DELETE, {"nats_credentials_id": here.id})
    here.wait_until_it_listens()
    goes_dead(here)
    here.is_enforced()
    here.is_over()


@SCENARIOS(starting)
def a_server_that_has_read_its_claims_is_told_that_an_account_is_deleted_when_it_listens(here):
    answers_while_it_starts(here, "accounts.delete", {"nats_account_id": here.account})
    here.wait_until_it_listens()
    goes_dead(here, here.neighbour)
    assert here.serving.result("accounts.list")["nats_accounts"] == []


@SCENARIOS(starting)
def a_server_that_has_read_its_claims_is_told_by_the_next_bridge(here):
    answers_while_it_starts(here, DELETE, {"nats_credentials_id": here.id})
    assert here.serving.end()[0] == 0
    here.wait_until_it_listens()
    with here.bridge() as next_one:
        goes_dead(here)
        here.is_over(next_one)
    here.is_enforced()


# A server that says nothing.


@SCENARIOS(served)
def a_paused_server_is_pending_and_cuts_off_by_itself_when_it_goes_on(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        served.is_revoking()
        assert not served.victim.has_ended()
        go_on()
        # The bridge is asked nothing more.
        assert served.victim.has_ended(LIMIT), "the connection stays"
        served.heals()
    served.is_enforced()
    served.mark_goes()
    served.is_over()
    hear_each_other(served.other, served.other, "still here")


@SCENARIOS(served)
def asked_again_it_waits_again_and_changes_nothing(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        claims = served.file_claims(served.account)
        served.leaves_pending(missing_ok=True)
        served.is_revoking()
        assert served.file_claims(served.account) == claims and len(claims["nats"]["revocations"]) == 1
        served.serving.send(
            {"jsonrpc": "2.0", "id": "again", "method": DELETE, "params": {"nats_credentials_id": served.id, "missing_ok": True}}
        )
        go_on()
        # If what goes on by itself was faster, there was nothing left to delete. In both cases it holds now.
        assert "deleted" in served.serving.message()["result"]
        assert served.victim.has_ended()
    served.is_enforced()
    served.is_over()
    assert served.server_claims(served.account) == claims


@SCENARIOS(served, of_the_local_region=["--region", "local"], of_no_region=[])
def another_bridge_that_starts_goes_on_with_it(served, arguments):
    with paused(served.server) as go_on:
        served.leaves_pending()
        assert served.serving.end()[0] == 0
        go_on()
        assert_nobody_tells(served)
        served.arguments = [*arguments, "--nats-url", served.port.url]
        with served.bridge():
            # It is asked nothing at all.
            assert served.victim.has_ended(LIMIT), "the connection stays"
            served.heals()
            served.mark_goes()
    served.is_enforced()


def assert_nobody_tells(case):
    """While no bridge serves the credential lives on, so what ends it later is the bridge that comes."""
    case.victim.awaits_pong()
    assert case.is_accepted(case.creds)
    assert (case.state / "pending").exists()


@SCENARIOS(served)
def an_idle_bridge_goes_on_with_it_when_it_is_asked_for_the_local_region(served):
    with served.bridge() as idle:
        assert len(listed(idle)) == 2
        with paused(served.server) as go_on:
            served.leaves_pending()
            assert served.serving.end()[0] == 0
            go_on()
        assert_nobody_tells(served)
        assert idle.result("accounts.list")["total_count"] == 1
        assert served.victim.has_ended(LIMIT), "the connection stays"
        served.heals()
        served.is_over(idle)
    served.is_enforced()


@SCENARIOS(served)
def a_bridge_that_ends_its_work_is_killed_and_another_goes_on(served):
    with paused(served.server) as go_on:
        served.leaves_pending()
        served.serving.process.kill()
        served.serving.process.wait(LIMIT)
        with served.bridge() as next_one:
            served.is_revoking(next_one)
            go_on()
            assert served.victim.has_ended(LIMIT), "the connection stays"
            served.heals()
            served.is_over(next_one)
    served.is_enforced()


@SCENARIOS(served)
def a_call_says_so_by_its_exit_status_and_the_next_call_ends_it(served):
    wanted = ["credentials.delete", f"nats_credentials_id={served.id}", *served.arguments]
    assert served.serving.end()[0] == 0
    with paused(served.server) as go_on:
        first = call(served.folder, *wanted)
        assert first.returncode == 6 and b"revocation_pending" in first.stdout + first.stderr
        go_on()
    assert_nobody_tells(served)
    second = call(served.folder, *wanted, "missing_ok=true")
    assert second.returncode == 0 and json.loads(second.stdout)["nats_credentials_id"] == served.id
    assert served.victim.has_ended()
    served.is_enforced()


@SCENARIOS(served)
def a_short_time_does_not_hide_that_it_is_recorded(served):
    with paused(served.server) as go_on:
        answer = served.delete(timeout_ms=1)
        # It may run out before anything was done.
        if answer["error"]["data"]["kind"] == "timeout":
            assert answer["error"]["data"]["outcome"] == "none"
            assert {row["state"] for row in listed(served.serving).values()} == {"active"}
        served.leaves_pending(timeout_ms=500)
        served.is_revoking()
        go_on()
        served.heals()
    assert served.victim.has_ended()
    served.is_over()


@SCENARIOS(served)
def a_credential_made_meanwhile_is_accepted_and_other_deletions_wait_too(served):
    third, third_creds = create(served.serving, "third")
    with paused(served.server) as go_on:
        served.leaves_pending()
        made, made_creds = create(served.serving, "made meanwhile")
        is_pending(served.serving.error(DELETE, {"nats_credentials_id": third}), "credentials", third, [served.name], "silent")
        states = {row["name"]: row["state"] for row in listed(served.serving).values()}
        assert states == {"neighbour": "active", "victim": "revoking", "third": "revoking", "made meanwhile": "active"}
        # One account, one push.
        assert served.serving.result("bridge.info")["pending_pushes"] == 1
        go_on()
        served.heals()
    assert not served.is_accepted(third_creds) and served.is_accepted(made_creds)
    served.is_enforced()
    assert {row["name"] for row in listed(served.serving).values()} == {"neighbour", "made meanwhile"} and made in listed(served.serving)


@SCENARIOS(served)
def a_server_that_dies_while_it_is_paused_reads_the_deletion_when_it_starts_again(served):
    with paused(served.server):
        served.leaves_pending()
        served.server.process.kill()
        # Nobody listens now, so the next attempt finds it settled.
        served.heals()
    served.is_over()
    served.server.stop()
    served.server.start()
    served.is_enforced()


@SCENARIOS(served)
def another_process_that_pushes_for_too_long_is_waited_for_and_then_said(served):
    with (served.state / "push.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        served.leaves_pending(servers=["?"], reason="busy")
        served.is_revoking()
        served.victim.awaits_pong()
    served.heals()
    assert served.victim.has_ended()
    served.is_enforced()
    served.is_over()


# Somebody else's server.


@pytest.mark.parametrize("scenario", SCENARIOS)
def test(scenario, running):
    running(scenario)
