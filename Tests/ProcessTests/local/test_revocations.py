"""No revocation is ever lost: not in one second, by a clock that went back or a full disk; and they do not grow for ever. Takes about a minute:
keys are filled by the program itself where that is what is tried."""

import time

import nkeys
import pytest

from bridge import masked
from mounted import Mounted, fill_disk
from process_tools import state_folder
from revoking import (
    CREATE, DELETE, account_of, create, delete, eventually, is_cut_off, listed, log_in, make, new_seed, public_key, revocations, user_creds,
)

PER_KEY = 500
ROOM_FOR_A_KEY = 200_000


@pytest.mark.parametrize("is_running", [True, False], ids=["server runs", "server is down"])
def test_account_tokens_of_one_second_have_strictly_newer_iats(is_running, here):
    victims = make(here, *"abcdefgh")
    account = account_of(here)
    if is_running:
        here.server.start()
    claims_of = here.server_claims if is_running else here.file_claims
    seen = [here.file_claims(account)["iat"]]
    begun = time.time()
    for number, (id, creds) in enumerate(victims.values(), 1):
        delete(here, id)
        claims = claims_of(account)
        seen.append(claims["iat"])
        assert len(revocations(claims)) == number
    assert seen == sorted(set(seen)), "two tokens have one iat"
    assert time.time() - begun < len(victims) or seen[-1] - seen[0] >= len(victims), "nothing happened in one second"


def from_the_future(here, id, seconds):
    """As a clock that went back leaves it: the credential was issued ahead of now, and so were the claims. Gives its .creds text."""
    ((account, signer),) = here.rows("SELECT account_id, seed FROM signing_keys")
    issued_at, seed = int(time.time()) + seconds, new_seed(nkeys.PREFIX_BYTE_USER)
    with here.store() as store:
        store.execute(
            "UPDATE credentials SET user_key = ?1, iat = ?2, number = ?3, created_at = ?3 WHERE id = ?4",
            (public_key(seed), issued_at, issued_at * 1_000_000, id),
        )
        store.execute("UPDATE accounts SET claims_iat = ?, is_unwritten = 1", (issued_at,))
    return user_creds(account, signer, issued_at, seed)


@pytest.mark.parametrize("seconds", [3600, 400_000_000], ids=["an hour", "years"])
def test_a_clock_that_went_back_loses_no_revocation(seconds, here):
    made = make(here, "keeper", "victim", "other")
    creds = from_the_future(here, made["victim"][0], seconds)
    before = here.rows("SELECT claims_iat FROM accounts")[0][0]
    with here.bridge() as bridge:
        listed(bridge)
    here.server.start()
    connection = log_in(here.port, creds)
    delete(here, made["victim"][0])
    assert is_cut_off(connection)
    first = here.server_claims(account_of(here))
    delete(here, made["other"][0])
    second = here.server_claims(account_of(here))
    assert before < first["iat"] < second["iat"] and len(revocations(second)) == 2
    assert [here.is_accepted(text) for text in (creds, made["other"][1], made["keeper"][1])] == [False, False, True]
    fresh = make(here, "fresh")["fresh"][1]
    here.server.stop()
    here.server.start()
    assert [here.is_accepted(text) for text in (creds, made["other"][1], made["keeper"][1], fresh)] == [False, False, True, True]


def test_closing_an_account_covers_credentials_from_the_future(here):
    made = make(here, "victim")
    creds = from_the_future(here, made["victim"][0], 86_400)
    account = account_of(here)
    with here.bridge() as bridge:
        listed(bridge)
        here.server.start()
        assert here.is_accepted(creds)
        assert bridge.result("accounts.delete", {"nats_account_id": account})["deleted"]
    assert not here.is_accepted(creds)
    claims = here.server_claims(account)
    assert list(revocations(claims)) == ["*"] and revocations(claims)["*"] >= int(time.time()) + 80_000


@pytest.mark.parametrize("megabytes", [2, 8])
@pytest.mark.parametrize("is_started_on_it", [False, True], ids=["that filled meanwhile", "started on it"])
def test_deletes_work_on_a_full_disk(is_started_on_it, megabytes, here, home):
    state = state_folder(home)
    state.mkdir(parents=True)
    with Mounted(state, f'mount -t tmpfs -o size={megabytes}m,mode=0700 none "$1"') as mounted:
        filler = mounted.folder / "filler"
        with mounted.bridge(home, "--nats-url", here.port.url) as bridge:
            ids = [create(bridge)[0] for _ in range(25)]
            if is_started_on_it:
                assert bridge.end()[0] == 0
            fill_disk(filler)
            if not is_started_on_it:
                delete_all(bridge, ids, filler)
        if is_started_on_it:
            with mounted.bridge(home, "--nats-url", here.port.url) as bridge:
                delete_all(bridge, ids, filler)


def delete_all(bridge, ids, filler):
    error = fill_the_store(bridge)
    assert (error["code"], error["data"]["reason"], error["data"]["outcome"]) == (1507, "full", "none")
    for id in ids:
        answer = bridge.call(DELETE, {"nats_credentials_id": id})
        # Recorded it must be; that nobody must be told any more may find no room.
        assert "result" in answer or (answer["error"]["code"], answer["error"]["data"]["outcome"]) == (1504, "done"), masked(answer)
    rows = listed(bridge)
    assert all(rows[id]["state"] == "revoking" for id in set(ids) & set(rows))
    filler.unlink()
    eventually(lambda: bridge.result("bridge.info")["pending_pushes"] == 0, "a push stays pending")
    bridge.result(CREATE, {"name": "there is room again"})
    assert not set(ids) & set(listed(bridge))
    assert (filler.parent / "reserve").stat().st_size >= 1 << 18, "the next full disk has no reserve"
    assert bridge.end()[0] == 0


def fill_the_store(bridge):
    for _ in range(2000):
        answer = bridge.call(CREATE, {"name": "n" * 500})
        if "error" in answer:
            return answer["error"]
    raise AssertionError("the disk is never full")


def pipelined(bridge, method, all_params):
    """The results of many calls, in their order; so many at once that no pipe is ever full."""
    results = []
    for start in range(0, len(all_params), 100):
        some = all_params[start : start + 100]
        bridge.send(*[{"jsonrpc": "2.0", "id": number, "method": method, "params": params} for number, params in enumerate(some)])
        answers = [bridge.message() for _ in some]
        assert [answer["id"] for answer in answers] == list(range(len(some)))
        results += [answer["result"] for answer in answers]
    return results


def test_a_key_serves_500_and_leaves_with_its_revocations_when_none_of_its_credentials_lives(here):
    with here.bridge() as bridge:
        rows = pipelined(bridge, CREATE, [{"name": f"{number}"} for number in range(PER_KEY)])
        account = rows[0]["nats_account_id"]
        (first_key,) = here.file_claims(account)["nats"]["signing_keys"]
        assert [row.get("pushed") for row in rows] == [True] + [None] * (PER_KEY - 1)
        last = bridge.result(CREATE, {"name": "of the next key"})
        keys = here.file_claims(account)["nats"]["signing_keys"]
        assert last["pushed"] is True and len(keys) == 2 and first_key in keys
        here.server.start()
        pipelined(bridge, DELETE, [{"nats_credentials_id": row["id"]} for row in rows[:-1]])
        claims = here.server_claims(account)
        assert sorted(claims["nats"]["signing_keys"]) == sorted(keys) and len(revocations(claims)) == PER_KEY - 1
        survivor = rows[-1]["credentials"]["content"]
        connection = log_in(here.port, survivor)
        assert connection and here.is_accepted(last["credentials"]["content"])
        bridge.result(DELETE, {"nats_credentials_id": rows[-1]["id"]})
        assert is_cut_off(connection)
    claims = here.server_claims(account)
    assert claims["nats"]["signing_keys"] == [key for key in keys if key != first_key] and revocations(claims) == {}
    dead = [rows[number]["credentials"]["content"] for number in (0, 1, PER_KEY // 2, PER_KEY - 2, PER_KEY - 1)]
    assert not any(here.is_accepted(creds) for creds in dead)
    assert here.is_accepted(last["credentials"]["content"])
    assert here.rows("SELECT count(*) FROM revocations") == [(0,)]


def test_the_key_in_service_stays_when_its_credentials_are_gone(here):
    made = make(here, "victim")
    (key,) = here.file_claims(account_of(here))["nats"]["signing_keys"]
    here.server.start()
    delete(here, made["victim"][0])
    claims = here.server_claims(account_of(here))
    assert claims["nats"]["signing_keys"] == [key] and len(revocations(claims)) == 1
    assert here.is_accepted(make(here, "next")["next"][1]) and not here.is_accepted(made["victim"][1])


def test_a_thousand_deletions_leave_small_claims_and_a_small_store(here):
    """1,100 credentials come and go, more than two keys' worth, which is what fits 30 s: each deletion signs all the revocations of its key
    again. What 20,000 leave behind is the same."""
    largest = 0
    with here.bridge() as bridge:
        for _ in range(22):
            rows = pipelined(bridge, CREATE, [{"name": "short"}] * 50)
            pipelined(bridge, DELETE, [{"nats_credentials_id": row["id"]} for row in rows])
            largest = max(largest, *(file.stat().st_size for file in (here.state / "resolver").iterdir()))
        keeper = create(bridge, "keeper")[1]
        assert len(listed(bridge)) == 1
        assert bridge.result("bridge.info")["warnings"] == []
        assert bridge.end()[0] == 0
    # Of two keys nothing is left, and the one in service has its own.
    assert here.rows("SELECT (SELECT count(*) FROM revocations), (SELECT count(*) FROM signing_keys)") == [(100, 1)]
    assert 10_000 < largest < ROOM_FOR_A_KEY
    assert (here.state / "store.db").stat().st_size < 1 << 20
    here.server.start()
    assert here.is_accepted(keeper) and not here.is_accepted(rows[0]["credentials"]["content"])


def revoke_by_hand(here, count):
    """Revocations of users of long ago, until the account has `count`."""
    ((account, key),) = here.rows("SELECT account_id, public_key FROM signing_keys")
    ((there,),) = here.rows("SELECT count(*) FROM revocations")
    rows = [(account, public_key(new_seed(nkeys.PREFIX_BYTE_USER)), key, 1_700_000_000) for _ in range(count - there)]
    with here.store() as store:
        store.execute("BEGIN")
        store.executemany("INSERT INTO revocations VALUES (?, ?, ?, ?)", rows)
        store.execute("COMMIT")


def test_many_revocations_warn_and_then_refuse_creates_and_never_deletes(here):
    made = make(here, *"abcdef")
    ids = [id for id, _ in made.values()]
    here.server.start()
    revoke_by_hand(here, 7_999)
    with here.bridge() as bridge:
        assert bridge.result("bridge.info")["warnings"] == []
        bridge.result(DELETE, {"nats_credentials_id": ids[0]})
        assert len(bridge.result("bridge.info")["warnings"]) == 1
    revoke_by_hand(here, 9_999)
    with here.bridge() as bridge:
        last = create(bridge, "the last one")
        bridge.result(DELETE, {"nats_credentials_id": ids[1]})
        error = bridge.error(CREATE, {"name": "one too many"})
        assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1430, "quota_exceeded", "none")
        for id in ids[2:]:
            assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
        assert len(bridge.result("bridge.info")["warnings"]) == 1
        assert set(listed(bridge)) == {last[0]}
        other = bridge.result("accounts.create", {"name": "another"})["id"]
        assert here.is_accepted(create(bridge, nats_account_id=other)[1])
    assert len(revocations(here.server_claims(ids_account(here)))) == 10_004
    assert here.is_accepted(last[1]) and not any(here.is_accepted(creds) for _, creds in made.values())


def ids_account(here):
    ((account,),) = here.rows("SELECT DISTINCT account_id FROM revocations")
    return account
