"""An older copy of the store is put back. What was deleted since stays deleted; what was made since is told, and can be ended."""

import contextlib
import datetime
import shutil
import sqlite3
import time

import pytest

from bridge import loads
from nats_server import NATS_SERVERS, Port
from process_tools import run
from revoking import DELETE, Home, create, eventually, listed, payload

REVOKE = "credentials.revoke"


def user_key(creds):
    return payload(creds.splitlines()[1])["sub"]


def now(seconds=0):
    time = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(params=NATS_SERVERS)
def running(request, home):
    """A home with a keeper and a server that runs."""
    with Port() as port:
        here = Home(home, port, NATS_SERVERS[request.param])
        with here.bridge() as bridge:
            here.keeper_id, here.keeper = create(bridge, "keeper")
            here.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            here.gone_id, here.gone = create(bridge, "gone")
        with here.server:
            yield here


def put_back(here, change):
    """What the bridge did meanwhile is not in the store any more."""
    with here.store() as store, contextlib.closing(sqlite3.connect(here.folder / "copy.db")) as copy:
        store.backup(copy)
    with here.bridge() as bridge:
        change(bridge)
    for name in ("store.db-wal", "store.db-shm"):
        (here.state / name).unlink(missing_ok=True)
    shutil.copy(here.folder / "copy.db", here.state / "store.db")
    (here.state / "store.db").chmod(0o600)


@pytest.fixture
def here(running):
    def change(bridge):
        running.since = create(bridge, "since")[1]
        bridge.result(DELETE, {"nats_credentials_id": running.gone_id})

    put_back(running, change)
    assert running.is_accepted(running.since) and not running.is_accepted(running.gone)
    return running


def test_it_is_told_and_nothing_comes_back(here):
    assert run(here.folder, "doctor", *here.arguments).returncode == 1
    with here.bridge() as bridge:
        listed(bridge)
        eventually(lambda: bridge.result("bridge.info")["unknown_since"] is not None, "nobody is told")
        # What the newer claims revoke is no credential any more.
        eventually(lambda: {row["name"] for row in listed(bridge).values()} == {"keeper"}, "a deleted credential is listed")
        assert here.is_accepted(create(bridge, "new")[1])
        assert b"older copy of the store" in bridge.end()[2]
    assert here.is_accepted(here.keeper) and not here.is_accepted(here.gone)
    report = run(here.folder, "doctor", *here.arguments)
    assert report.returncode == 1 and b"unknown credentials" in report.stdout and b"credentials.revoke" in report.stdout
    assert here.account.encode() in report.stdout


def test_one_is_ended_by_its_key(here):
    with here.bridge() as bridge:
        result = bridge.result(REVOKE, {"nats_account_id": here.account, "user_key": user_key(here.since)})
        assert result == {"nats_account_id": here.account, "revoked": 0, "pushed": True, "region": "local"}
        assert not here.is_accepted(here.since) and here.is_accepted(here.keeper)
        # Asked again it is the same.
        assert bridge.result(REVOKE, {"nats_account_id": here.account, "user_key": user_key(here.since)})["revoked"] == 0
    here.server.stop()
    here.server.start()
    assert not here.is_accepted(here.since) and here.is_accepted(here.keeper)


def test_all_that_is_older_is_ended_and_what_is_made_later_lives(here):
    with here.bridge() as bridge:
        listed(bridge)
        eventually(lambda: bridge.result("bridge.info")["unknown_since"] is not None, "nobody is told")
        told = int(time.time())
        eventually(lambda: int(time.time()) > told, "time stands still")
        result = bridge.result(REVOKE, {"nats_account_id": here.account, "issued_before": now()})
        assert result["revoked"] >= 1 and result["pushed"] is True
        assert listed(bridge) == {}
        assert not any(here.is_accepted(creds) for creds in (here.since, here.keeper, here.gone))
        # Made in the very second of the revocation.
        id, creds = create(bridge, "new")
        assert here.is_accepted(creds)
        assert bridge.result("bridge.info")["unknown_since"] is None
        assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
        assert not here.is_accepted(creds)
        # What is ended stays so, whatever comes later.
        star = here.server_claims(here.account)["nats"]["revocations"]["*"]
        assert bridge.result(REVOKE, {"nats_account_id": here.account, "issued_before": "2020-01-01T00:00:00Z"})["revoked"] == 0
        assert here.server_claims(here.account)["nats"]["revocations"]["*"] == star
    assert run(here.folder, "doctor", *here.arguments).returncode == 0


def test_an_account_that_is_unknown_comes_back_and_can_be_deleted(running):
    def change(bridge):
        account = bridge.result("accounts.create", {"name": "later"})["id"]
        running.later, running.creds = account, create(bridge, "theirs", nats_account_id=account)[1]
        assert running.is_accepted(running.creds)

    put_back(running, change)
    report = run(running.folder, "doctor", *running.arguments)
    assert report.returncode == 1 and running.later.encode() in report.stdout
    with running.bridge() as bridge:
        bridge.result("accounts.list")
        eventually(lambda: {row["name"] for row in bridge.result("accounts.list")["nats_accounts"]} == {"default", "later"}, "it stays unknown")
        new = create(bridge, "new", nats_account_id=running.later)[1]
        assert running.is_accepted(new) and running.is_accepted(running.creds)
        assert bridge.result("accounts.delete", {"nats_account_id": running.later})["deleted"]
    assert not running.is_accepted(running.creds) and not running.is_accepted(new)


def test_an_account_that_was_deleted_since_stays_deleted(running):
    put_back(running, lambda bridge: bridge.result("accounts.delete", {"nats_account_id": running.account}))
    with running.bridge() as bridge:
        bridge.result("accounts.list")
        eventually(lambda: bridge.result("accounts.list")["total_count"] == 0, "a deleted account is back")
        assert listed(bridge) == {}
    assert not running.is_accepted(running.keeper)


# credentials.revoke by itself.


def test_a_listed_one_is_deleted_by_its_key(running):
    with running.bridge() as bridge:
        result = bridge.result(REVOKE, {"nats_account_id": running.account, "user_key": user_key(running.gone)})
        assert (result["revoked"], result["pushed"]) == (1, True)
        assert {row["name"] for row in listed(bridge).values()} == {"keeper"}
    assert not running.is_accepted(running.gone) and running.is_accepted(running.keeper)


def test_only_what_is_old_enough_is_ended(running):
    """The two were made before this second; one more comes in a later one."""
    with running.bridge() as bridge:
        second = max(payload(creds.splitlines()[1])["iat"] for creds in (running.keeper, running.gone))
        eventually(lambda: int(time.time()) > second, "time stands still")
        young = create(bridge, "young")[1]
        moment = datetime.datetime.fromtimestamp(second, datetime.timezone(datetime.timedelta(hours=2))).isoformat()
        assert bridge.result(REVOKE, {"nats_account_id": running.account, "issued_before": moment})["revoked"] == 2
        assert {row["name"] for row in listed(bridge).values()} == {"young"}
    assert running.is_accepted(young) and not running.is_accepted(running.keeper)


def test_nothing_is_answered_done_while_the_server_lets_it_in(running):
    running.server.process.send_signal(19)
    try:
        with running.bridge() as bridge:
            error = bridge.error(REVOKE, {"nats_account_id": running.account, "user_key": user_key(running.gone)})
            # Nobody has acknowledged claims of this account, so what answers nothing at the address counts.
            assert (error["code"], error["data"]["outcome"]) == (1504, "done")
            running.server.process.send_signal(18)
            running.heals()
    finally:
        running.server.process.send_signal(18)
    assert not running.is_accepted(running.gone)


REFUSED = {
    "neither": {},
    "both": {"user_key": "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRM", "issued_before": "2020-01-01T00:00:00Z"},
    "a key with a wrong checksum": {"user_key": "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRN"},
    "an account's key": {"user_key": "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"},
    "everybody": {"user_key": "*"},
    "the future": {"issued_before": "2999-01-01T00:00:00Z"},
    "a fraction": {"issued_before": "2020-01-01T00:00:00.5Z"},
    "no zone": {"issued_before": "2020-01-01T00:00:00"},
    "a day that is none": {"issued_before": "2020-02-30T00:00:00Z"},
    "a number": {"issued_before": 1577836800},
}


@pytest.mark.parametrize("params", REFUSED.values(), ids=REFUSED)
def test_what_is_refused(params, home):
    with Port() as port:
        here = Home(home, port)
        with here.bridge() as bridge:
            creds = create(bridge)[1]
            account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            before = here.file_claims(account)
            error = bridge.error(REVOKE, {"nats_account_id": account, **params})
            assert (error["code"], error["data"]["outcome"]) == (-32602, "none"), error
            assert here.file_claims(account) == before and creds


def test_a_seed_in_the_place_of_a_key_is_named_and_not_repeated(home):
    with Port() as port:
        here = Home(home, port)
        with here.bridge() as bridge:
            create(bridge)
            account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            seed = "SUACAIJCEMSCKJRHFAUSUKZMFUXC6MBRGIZTINJWG44DSOR3HQ6T4PY7UE"
            error = bridge.error(REVOKE, {"nats_account_id": account, "user_key": seed})
            assert "seed" in error["message"] and seed not in str(error)


def test_an_unknown_account_is_not_found(home):
    with Port() as port:
        with Home(home, port).bridge() as bridge:
            id = "AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"
            error = bridge.error(REVOKE, {"nats_account_id": id, "issued_before": "2020-01-01T00:00:00Z"})
            assert error["data"]["kind"] == "not_found" and error["data"]["resource"] == "account"


def test_scaleways_regions_refuse_it_before_anything_is_sent(home):
    line = b'{"jsonrpc":"2.0","id":1,"method":"credentials.revoke","params":{"region":"fr-par","issued_before":"2020-01-01T00:00:00Z",'
    line += b'"nats_account_id":"AAAACAQDAQCQMBYIBEFAWDANBYHRAEISCMKBKFQXDAMRUGY4DUPB776S"}}\n'
    environment = {"SCW_SECRET_KEY": "11111111-1111-4111-8111-111111111111", "SCW_API_URL": "http://127.0.0.1:1"}
    error = loads(run(home, input=line, env=environment).stdout)["error"]
    assert error["code"] == -32602 and "only the region local has it" in error["message"]
