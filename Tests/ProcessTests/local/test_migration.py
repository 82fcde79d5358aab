"""A store of version 1 is read as it is, and migrated by the first change of it: in one transaction, killed at every step, on a full disk,
beside bridges of either version that have it open. Takes about 60 s."""

import contextlib
import shutil
import sqlite3
import time
import uuid

import pytest

import version_1
from bridge import LIMIT, Bridge, masked
from mounted import Mounted, fill_disk
from nats_server import Port
from process_tools import gather_store, run, state_folder
from revoking import CREATE, DELETE, Home, create, listed
from traced import traced

VERSION = 2
MIGRATED = b"the store was migrated from version 1 to 2"
READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"'


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    """What a store that this program begins is made of."""
    home = tmp_path_factory.mktemp("newest")
    assert run(home, "--region", "local", "call", "credentials.list").returncode == 0
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db")) as store:
        return version_1.schema(store)


@pytest.fixture
def alone(home):
    """A store of version 1, and no server was ever heard: an account with a credential to be changed and one that was deleted, and an
    account beside it that nobody touches."""
    with Port() as port:
        place = Home(home, port)
        make(place)
        version_1.turn_back(place.state)
        place.before = look(place.state)[2]
        yield place


@pytest.fixture
def here(home):
    """As `alone`, and a server runs that has heard of all."""
    with Port() as port:
        place = Home(home, port)
        assert run(home, *place.arguments, "call", "credentials.list").returncode == 0
        with place.server:
            make(place)
            version_1.turn_back(place.state)
            place.before = look(place.state)[2]
            yield place


def make(here):
    """Of the account that is gone a store of version 1 has no row; its file, which lets nobody in, stays."""
    with here.bridge() as bridge:
        here.account, here.beside = (bridge.result("accounts.create", {"name": name})["id"] for name in ("changed", "beside"))
        here.neighbour = create(bridge, "neighbour", nats_account_id=here.beside)[1]
        here.id, here.creds = create(bridge, "victim", nats_account_id=here.account)
        here.kept, here.keeper = create(bridge, "keeper", nats_account_id=here.account)
        deleted, here.dead = create(bridge, "dead", nats_account_id=here.account)
        assert bridge.result(DELETE, {"nats_credentials_id": deleted})["deleted"]
        gone = bridge.result("accounts.create", {"name": "gone"})["id"]
        assert bridge.result("accounts.delete", {"nats_account_id": gone})["deleted"]
        here.list = listed(bridge)
        assert bridge.end()[0] == 0


def look(state):
    """The version of a store, what it is made of, and its rows, as another program sees them; nothing in it is damaged."""
    with contextlib.closing(sqlite3.connect(f"file:{state / 'store.db'}?mode=ro", uri=True, timeout=LIMIT, isolation_level=None)) as store:
        store.execute("BEGIN")
        ((version,),) = store.execute("PRAGMA user_version")
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return version, version_1.schema(store), version_1.rows(store)


def is_untouched(here):
    return look(here.state) == (1, version_1.SCHEMA, here.before)


def read_everything(here, bridge):
    """Each read, and that it says what it said before."""
    assert listed(bridge) == here.list
    assert bridge.result("credentials.list", {"order_by": "name_asc"})["total_count"] == len(here.list)
    assert bridge.result("credentials.get", {"nats_credentials_id": here.id}) == here.list[here.id]
    assert bridge.result("accounts.list")["total_count"] == 2
    assert bridge.result("accounts.get", {"nats_account_id": here.account})["name"] == "changed"
    bridge.call("accounts.stream")
    assert {row["id"] for part in bridge.parts for row in part["nats_accounts"]} == {here.account, here.beside}
    assert bridge.error("credentials.get", {"nats_credentials_id": str(uuid.uuid4())})["data"]["kind"] == "not_found"
    bridge.result("bridge.info")


def test_reads_leave_the_store_as_it_is(here):
    with here.bridge() as bridge:
        read_everything(here, bridge)
        status, _, errors = bridge.end()
    assert status == 0 and MIGRATED not in errors and is_untouched(here)
    doctor = run(here.folder, "doctor", *here.arguments)
    assert doctor.returncode == 0, doctor.stdout
    assert b"sound: 2 accounts, 3 credentials" in doctor.stdout and is_untouched(here)


def test_a_read_only_folder_is_read(here):
    before = (here.state / "store.db").read_bytes()
    with Mounted(here.state, READ_ONLY) as mounted, mounted.bridge(here.folder, *here.arguments[2:]) as bridge:
        read_everything(here, bridge)
        error = bridge.error(CREATE, {"name": "no", "nats_account_id": here.account})
        assert (error["data"]["kind"], error["data"]["reason"]) == ("storage", "read_only")
        assert bridge.end()[0] == 0
        assert b"sound: 2 accounts, 3 credentials" in mounted.run(here.folder, "doctor", *here.arguments[2:]).stdout
    assert (here.state / "store.db").read_bytes() == before and is_untouched(here)


# Each gives a method and its params.
CHANGES = {
    "credentials.create": lambda here: {"name": "new", "nats_account_id": here.account},
    "credentials.delete": lambda here: {"nats_credentials_id": here.id},
    "credentials.revoke": lambda here: {"nats_account_id": here.account, "user_key": user_key(here, here.id)},
    "accounts.create": lambda here: {"name": "new"},
    "accounts.update": lambda here: {"nats_account_id": here.account, "name": "renamed"},
    "accounts.delete": lambda here: {"nats_account_id": here.account},
}


def user_key(here, id):
    return here.rows("SELECT user_key FROM credentials WHERE id = ?", id)[0][0]


@pytest.mark.parametrize("method", CHANGES)
def test_the_first_change_migrates_and_all_else_is_as_before(method, here, newest):
    claims = here.file_claims(here.beside)
    with here.bridge() as bridge:
        bridge.result(method, CHANGES[method](here))
        version, made_of, rows = look(here.state)
        assert version == VERSION and made_of == newest
        assert beside(here, rows) == beside(here, here.before)
        changed = 0 if method.endswith("create") else 1
        assert rows["state"] == here.before["state"] and len(rows["accounts"] & here.before["accounts"]) == 2 - changed
        after, touched = listed(bridge), {here.id, here.kept} if method == "accounts.delete" else {here.id}
        assert all(after[id] == here.list[id] for id in here.list.keys() - touched)
        # And on: what this version alone can do, too.
        last, creds = create(bridge, "last", nats_account_id=here.beside)
        assert here.is_accepted(creds)
        assert bridge.result(DELETE, {"nats_credentials_id": last})["deleted"]
        assert not here.is_accepted(creds)
        status, _, errors = bridge.end()
    assert status == 0 and errors.count(MIGRATED) == 1 and len(errors.splitlines()) == 1, errors
    is_over = method in ("credentials.delete", "credentials.revoke", "accounts.delete")
    assert here.is_accepted(here.creds) != is_over
    assert here.is_accepted(here.keeper) == (method != "accounts.delete")
    assert here.is_accepted(here.neighbour) and not here.is_accepted(here.dead)
    assert here.file_claims(here.beside)["nats"]["signing_keys"] == claims["nats"]["signing_keys"]
    doctor = run(here.folder, "doctor", *here.arguments)
    assert doctor.returncode == 0, doctor.stdout
    # A bridge that opens the store now has nothing to say of it.
    with here.bridge() as bridge:
        create(bridge, "again", nats_account_id=here.beside)
        assert bridge.end()[2] == b""


# Every kind of step with which something outside the process changes, and how far one point is from the next: some kinds come before the
# commit, too, the others write files after it.
BEFORE = {"openat": 3, "pwrite64": 3, "fdatasync": 1, "ftruncate": 1}
AFTER = {"flock": 1, "write": 1, "fsync": 1, "renameat": 1, "unlinkat": 1}
STEPS = [*((kind, method) for kind in BEFORE for method in (CREATE, DELETE)), *((kind, DELETE) for kind in AFTER)]
MOST = 400


@pytest.mark.parametrize("kind, method", STEPS)
def test_a_kill_in_the_first_change(kind, method, alone, newest):
    """Ends when a run lives to its end; the first one must not, or `kind` is not a step of this at all."""
    here, versions = alone, set()
    for number in range(1, MOST, (BEFORE | AFTER)[kind]):
        place = here.folder / str(number)
        shutil.copytree(here.folder / "state", place / "state")
        was_answered, was_killed = change_until_killed(here, place, kind, number, method)
        versions.add(whole_version(here, state_folder(place), newest))
        look_again(here, place, method, was_answered)
        assert whole_version(here, state_folder(place), newest) == VERSION
        shutil.rmtree(place)
        if not was_killed:
            assert was_answered and number > 1
            assert versions == ({1, VERSION} if kind in BEFORE else {VERSION}), "no kill came where it should"
            return
    raise AssertionError("the run never lived to its end")


def change_until_killed(here, place, kind, number, method):
    """Whether the change was answered, and whether the process was killed."""
    was_answered = False
    with traced(place, kind, f"signal=KILL:when={number}", *here.arguments[2:]) as bridge:
        try:
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": CHANGES[method](here)})
            if message := bridge.message():
                assert "result" in message, masked(message)
                was_answered = True
            status = bridge.end()[0]
        except BrokenPipeError:
            status = bridge.process.wait(LIMIT)
    assert status in (0, -9)
    return was_answered, status != 0


def whole_version(here, state, newest):
    """Of a store that is of one version and not something in between, with all rows of the account that nobody touches."""
    version, made_of, rows = look(state)
    assert made_of == {1: version_1.SCHEMA, VERSION: newest}[version], "the store is between two versions"
    assert beside(here, rows) == beside(here, here.before)
    return version


def beside(here, rows):
    """Of all rows those of the account that nobody touches."""
    return {table: found for table in rows if (found := {row for row in rows[table] if here.beside in row})}


def look_again(here, place, method, was_answered):
    """The change is there at most once, and if it was answered; the next one is made."""
    with Bridge(place, *here.arguments) as bridge:
        rows = listed(bridge)
        active = {id for id, row in rows.items() if row["state"] == "active"}
        assert active & here.list.keys() >= here.list.keys() - {here.id}, "a credential is lost"
        made = len(active - here.list.keys())
        if method == CREATE:
            assert here.id in active and made in ([1] if was_answered else [0, 1])
        else:
            assert made == 0 and not (was_answered and here.id in active)
        after = create(bridge, "after", nats_account_id=here.account)[0]
        assert bridge.result(DELETE, {"nats_credentials_id": here.kept})["deleted"]
        assert listed(bridge).keys() >= active - {here.kept} | {after}
        assert bridge.end()[0] == 0


def test_a_bridge_that_has_it_open_goes_on_beside_one_that_migrates_it(here):
    """Both are of this version. The first has statements prepared for the tables as they were."""
    with here.bridge() as first:
        read_everything(here, first)
        assert is_untouched(here)
        with here.bridge() as second:
            id, creds = create(second, "of the second", nats_account_id=here.account)
            assert look(here.state)[0] == VERSION
            assert first.result("credentials.get", {"nats_credentials_id": id})["name"] == "of the second"
            assert listed(first).keys() == here.list.keys() | {id}
            assert first.result(DELETE, {"nats_credentials_id": id})["deleted"] and not here.is_accepted(creds)
            assert first.result("accounts.update", {"nats_account_id": here.account, "name": "renamed"})["pushed"]
            mine = create(first, "of the first", nats_account_id=here.account)[0]
            assert listed(first) == listed(second) and mine in listed(second)
            assert second.result(DELETE, {"nats_credentials_id": mine})["deleted"]
            assert second.end()[2].count(MIGRATED) == 1
        assert listed(first) == here.list
        assert first.end()[2] == b""


def test_of_bridges_whose_first_change_comes_at_once_one_migrates(alone):
    """None waits longer than it must, and none fails."""
    here = alone
    with contextlib.ExitStack() as stack:
        bridges = [stack.enter_context(here.bridge()) for _ in range(4)]
        for bridge in bridges:
            assert listed(bridge) == here.list
        for bridge in bridges:
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": CREATE, "params": {"name": "at once", "nats_account_id": here.account}})
        made = {bridge.message()["result"]["id"] for bridge in bridges}
        assert all(listed(bridge).keys() == here.list.keys() | made for bridge in bridges) and len(made) == len(bridges)
        assert b"".join(bridge.end()[2] for bridge in bridges).count(MIGRATED) == 1


def test_a_store_that_a_newer_version_takes_over_is_left_as_it_is(here):
    with here.bridge() as bridge:
        create(bridge, "before", nats_account_id=here.account)
        with here.store() as store:
            store.execute(f"PRAGMA user_version = {VERSION + 1}")
        before = look(here.state)
        for method in CHANGES:
            error = bridge.error(method, CHANGES[method](here))
            assert (error["data"]["kind"], error["data"]["reason"], error["data"]["outcome"]) == ("storage", "newer_version", "none")
        assert bridge.end()[0] == 0
    assert look(here.state) == before


# What a bridge of version 1 runs in its transactions, word for word, the values by name. It is stopped by the first that errs.
COMMIT_CLAIMS = [
    "UPDATE accounts SET claims_iat = max(claims_iat + 1, :now), is_unwritten = 1 WHERE id = :account",
    "INSERT INTO pending_pushes VALUES (:account, :iat, :now) ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat",
]
COUNT = "INSERT INTO counts VALUES (:list, :account, 1) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows"
REVOKE = """
INSERT INTO revocations VALUES (:account, :user, :key, :now) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)"""
SIGNING_KEY = "INSERT INTO signing_keys (public_key, account_id, generation, seed) VALUES (:new, :account, 9, '')"
ACKNOWLEDGE = """
INSERT INTO acknowledgements VALUES (:account, 'a', :iat) ON CONFLICT DO UPDATE SET claims_iat = max(claims_iat, excluded.claims_iat)"""
FORGET_REVOKED = "DELETE FROM credentials WHERE account_id = :account AND state = 'revoking' AND revoking_iat <= :iat"
SETTLE = [
    "DELETE FROM unheard WHERE account_id = :account AND claims_iat <= :iat", ACKNOWLEDGE,
    "DELETE FROM pending_pushes WHERE account_id = :account AND claims_iat <= :iat", FORGET_REVOKED, COUNT,
]  # fmt: skip
OF_VERSION_1 = {
    "credentials.create": [
        "INSERT INTO credentials (id, account_id, project_id, name, user_key, signing_key, iat, created_at, checksum) "
        "VALUES (:new, :account, :project, 'app', :user, :key, :iat, :now, '')",
        "UPDATE signing_keys SET issued = issued + 1, alive = alive + 1 WHERE public_key = :key",
        COUNT,
    ],
    "credentials.create with a new signing key": [SIGNING_KEY, *COMMIT_CLAIMS],
    "credentials.delete": [
        REVOKE, "UPDATE signing_keys SET alive = alive - 1 WHERE public_key = :key", *COMMIT_CLAIMS,
        "UPDATE credentials SET state = 'revoking', revoking_iat = :iat WHERE id = :id",
    ],
    "accounts.create": [
        "INSERT INTO accounts (id, name, project_id, seed, created_at, updated_at, claims_iat) "
        "VALUES (:account || '2', 'a', :project, '', :now, :now, 0)",
        SIGNING_KEY, *COMMIT_CLAIMS, COUNT,
    ],
    "accounts.update": ["UPDATE accounts SET name = 'b', updated_at = max(updated_at, :now) WHERE id = :account", *COMMIT_CLAIMS],
    "accounts.delete": [
        "UPDATE accounts SET closing_iat = 0 WHERE id = :account", REVOKE, *COMMIT_CLAIMS,
        "UPDATE accounts SET closing_iat = :iat WHERE id = :account",
        "UPDATE credentials SET state = 'revoking', revoking_iat = :iat WHERE account_id = :account AND state = 'active'",
    ],
    "a push that every server took": SETTLE,
    "the push that closes an account": [
        ACKNOWLEDGE, FORGET_REVOKED, COUNT,
        "DELETE FROM signing_keys WHERE account_id = :account", "DELETE FROM revocations WHERE account_id = :account",
        "DELETE FROM acknowledgements WHERE account_id = :account", "DELETE FROM pending_pushes WHERE account_id = :account",
        "DELETE FROM accounts WHERE id = :account", "DELETE FROM counts WHERE list = 'credentials' AND scope = :account",
    ],
    "a server's newer claims": ["UPDATE accounts SET claims_iat = :iat WHERE id = :account", REVOKE, *COMMIT_CLAIMS],
}  # fmt: skip


@pytest.mark.parametrize("newer", [0, 1], ids=["its own pending", "newer ones pending"])
@pytest.mark.parametrize("change", OF_VERSION_1)
def test_each_change_of_a_version_1_bridge_that_still_runs_errs_and_changes_nothing(change, newer, alone):
    """`newer`: between its push and its record of it another bridge has committed newer claims."""
    here = alone
    ((user, key, project),) = here.rows("SELECT user_key, signing_key, project_id FROM credentials WHERE id = ?", here.id)
    with here.store() as old:
        values = {
            "account": here.account, "id": here.id, "user": user, "key": key, "project": project, "list": "credentials", "new": "new",
            "now": int(time.time()), "iat": int(time.time()) + 1000,
        }  # fmt: skip
        # What it had pending when the store was migrated, and has told every server that it knows of since.
        old.execute("INSERT INTO pending_pushes VALUES (:account, :iat, :now)", values)
        old.execute("UPDATE credentials SET state = 'revoking', revoking_iat = :iat - 1 WHERE id = :id", values)
        assert error_of(old, OF_VERSION_1[change], values) is None, "these are not statements of version 1"
        migrate(here)
        values["iat"] -= newer
        before = [*old.iterdump()]
        error = error_of(old, OF_VERSION_1[change], values)
        assert error and ("a newer version of this program has taken over" in error or "but 3 values were supplied" in error), error
        assert [*old.iterdump()] == before


def migrate(here):
    """By a change of another account's, where nobody pushes what is pending."""
    with here.store() as store:
        pending = store.execute("SELECT * FROM pending_pushes").fetchall()
        with here.bridge() as bridge:
            create(bridge, "migrates", nats_account_id=here.beside)
            bridge.process.kill()
            bridge.process.wait(LIMIT)
        assert look(here.state)[0] == VERSION
        assert store.execute("SELECT account_id, claims_iat, since FROM pending_pushes").fetchall() == pending


def error_of(store, statements, values):
    """What the first of these to err says, in one transaction that is undone."""
    store.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            store.execute(statement, values)
        return None
    except sqlite3.Error as error:
        return str(error)
    finally:
        store.execute("ROLLBACK")


ROWS = 12_000


@pytest.mark.parametrize("method", [DELETE, "credentials.revoke", "accounts.delete"])
def test_on_a_full_disk_deletions_work_where_the_migration_does_not_fit(method, home):
    """Its index of so many rows takes more than the reserve has."""
    with Port() as port:
        here = Home(home, port)
        make(here)
        version_1.turn_back(here.state)
        # What no server has heard of is told to one by whoever serves, which is a change and migrates.
        with here.store() as store:
            store.execute("DELETE FROM unheard")
        (here.state / "pending").unlink()
        ids = add_rows(here)
        (home / "disk").mkdir(mode=0o700)
        with Mounted(home / "disk", 'mount -t tmpfs -o size=32m,mode=0700 none "$1"') as mounted:
            state = mounted.folder
            shutil.copytree(here.state, state, dirs_exist_ok=True)
            arguments = ["--state", str(home / "disk"), "--nats-url", port.url]
            with mounted.bridge(home, *arguments) as bridge:
                assert bridge.result("credentials.list")["total_count"] == ROWS + 3
                fill_disk(state / "filler")
                error = bridge.error(CREATE, {"name": "no", "nats_account_id": here.beside})
                assert (error["data"]["reason"], error["data"]["outcome"]) == ("full", "none")
                bridge.result(method, CHANGES[method](here))
                for id in ids[:20]:
                    assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
                for id in (here.id, *ids[:20]):
                    assert bridge.error("credentials.get", {"nats_credentials_id": id})["data"]["kind"] == "not_found"
                (state / "filler").unlink()
                assert look(shutil.copytree(state, home / "before"))[:2] == (1, version_1.SCHEMA)
                made = create(bridge, "there is room again", nats_account_id=here.beside)[0]
                assert look(shutil.copytree(state, home / "after"))[0] == VERSION
                assert bridge.result("credentials.get", {"nats_credentials_id": made})["name"] == "there is room again"
                status, _, errors = bridge.end()
            assert status == 0 and errors.count(MIGRATED) == 1


@pytest.mark.parametrize("method", [DELETE, "credentials.revoke", "accounts.delete"])
def test_deletions_work_on_a_disk_that_is_full_after_the_migration(method, home):
    """All that it wrote stands in the database by then: a log that does not fit into it any more takes up the room of deletions."""
    with Port() as port:
        here = Home(home, port)
        make(here)
        version_1.turn_back(here.state)
        ids = add_rows(here)
        (home / "disk").mkdir(mode=0o700)
        with Mounted(home / "disk", 'mount -t tmpfs -o size=32m,mode=0700 none "$1"') as mounted:
            state = mounted.folder
            shutil.copytree(here.state, state, dirs_exist_ok=True)
            with mounted.bridge(home, "--state", str(home / "disk"), "--nats-url", port.url) as bridge:
                create(bridge, "migrates", nats_account_id=here.beside)
                fill_disk(state / "filler")
                bridge.result(method, CHANGES[method](here))
                for id in ids[:100]:
                    assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
                status, _, errors = bridge.end()
            assert status == 0 and errors.count(MIGRATED) == 1


def add_rows(here):
    """By hand, as the bridge would take long for so many: in the account that nobody touches. Gives their ids."""
    with here.store() as store:
        ((key, project),) = store.execute("SELECT signing_key, project_id FROM credentials WHERE account_id = ?", [here.beside])
        now = time.time_ns() // 1000
        rows = [
            (str(uuid.uuid4()), here.beside, project, f"{number}", f"U{number:055}", key, now // 1_000_000, now + number, "")
            for number in range(ROWS)
        ]
        columns = "id, account_id, project_id, name, user_key, signing_key, iat, created_at, checksum"
        store.execute("BEGIN")
        store.executemany(f"INSERT INTO credentials ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sorted(rows))
        store.execute("UPDATE signing_keys SET alive = alive + ?, issued = issued + ? WHERE public_key = ?", [ROWS, ROWS, key])
        scopes = ["", here.beside, project]
        store.executemany("UPDATE counts SET rows = rows + ? WHERE list = 'credentials' AND scope = ?", [(ROWS, scope) for scope in scopes])
        store.execute("COMMIT")
    gather_store(here.state)
    return [row[0] for row in rows]
