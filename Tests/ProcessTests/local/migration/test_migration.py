"""A store of version 1 is read as it is, and migrated by the first change of it: in one transaction, killed at every step, on a full disk,
beside bridges of either version that have it open. Takes about 60 s."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import pytest

import version_1
from bridge import LIMIT, PROGRAM, Bridge, clean_environment, masked
from migration import CHANGES, MIGRATED, VERSION, look, make
from mounted import Mounted, fill_disk
from nats_server import Port
from process_tools import gather_store, read_until, run, state_folder
from revoking import CREATE, DELETE, Home, create, eventually, listed
from traced import STRACE, traced

READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"'


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


ROWS = 12_000


@contextlib.contextmanager
def on_a_small_disk(here):
    """The state folder, copied to a disk that can be filled, and a bridge that serves it."""
    disk = here.folder / "disk"
    disk.mkdir(mode=0o700)
    with Mounted(disk, 'mount -t tmpfs -o size=32m,mode=0700 none "$1"') as mounted:
        shutil.copytree(here.state, mounted.folder, dirs_exist_ok=True)
        with mounted.bridge(here.folder, "--state", str(disk), "--nats-url", here.port.url) as bridge:
            yield mounted.folder, bridge


@pytest.mark.parametrize("method", [DELETE, "credentials.revoke", "accounts.delete"])
def test_on_a_full_disk_deletions_work_where_the_migration_does_not_fit(method, told):
    """Its index of so many rows takes more than the reserve has."""
    ids = add_rows(told)
    with on_a_small_disk(told) as (state, bridge):
        assert bridge.result("credentials.list")["total_count"] == ROWS + 3
        fill_disk(state / "filler")
        error = bridge.error(CREATE, {"name": "no", "nats_account_id": told.beside})
        assert (error["data"]["reason"], error["data"]["outcome"]) == ("full", "none")
        bridge.result(method, CHANGES[method](told))
        for id in ids[:20]:
            assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
        for id in (told.id, *ids[:20]):
            assert bridge.error("credentials.get", {"nats_credentials_id": id})["data"]["kind"] == "not_found"
        (state / "filler").unlink()
        assert look(shutil.copytree(state, told.folder / "before"))[:2] == (1, version_1.SCHEMA)
        made = create(bridge, "there is room again", nats_account_id=told.beside)[0]
        assert look(shutil.copytree(state, told.folder / "after"))[0] == VERSION
        assert bridge.result("credentials.get", {"nats_credentials_id": made})["name"] == "there is room again"
        status, _, errors = bridge.end()
    assert status == 0 and errors.count(MIGRATED) == 1


@pytest.mark.parametrize("method", [DELETE, "credentials.revoke", "accounts.delete"])
def test_deletions_work_on_a_disk_that_is_full_after_the_migration(method, alone):
    """All that it wrote stands in the database by then: a log that does not fit into it any more takes up the room of deletions."""
    ids = add_rows(alone)
    with on_a_small_disk(alone) as (state, bridge):
        create(bridge, "migrates", nats_account_id=alone.beside)
        fill_disk(state / "filler")
        bridge.result(method, CHANGES[method](alone))
        for id in ids[:100]:
            assert bridge.result(DELETE, {"nats_credentials_id": id})["deleted"]
        status, _, errors = bridge.end()
    assert status == 0 and errors.count(MIGRATED) == 1


def test_a_migration_goes_on_when_the_request_that_began_it_is_given_up(told):
    """So many rows take more than SQLite's memory, so pages are written before the change itself is made; here the first take their time."""
    add_rows(told)
    with traced(told.folder, "pwrite64", "delay_enter=100000:when=1..10", *told.arguments[2:]) as bridge:
        error = bridge.call(CREATE, {"name": "given up", "nats_account_id": told.beside, "timeout_ms": 300})["error"]
        assert (error["data"]["kind"], error["data"]["outcome"]) == ("timeout", "none")
        assert look(told.state)[0] == 1, "it was given up too late"
        eventually(lambda: look(told.state)[0] == VERSION, "the migration was given up, too")
        assert bridge.result("credentials.list", {"page_size": 1})["total_count"] == ROWS + 3
        assert bridge.end()[2].count(MIGRATED) == 1


def test_a_call_that_does_not_wait_so_long_ends_only_when_the_store_is_migrated(alone):
    """Broken off, the migration would be begun anew by the next, and never end where none has the time."""
    add_rows(alone)
    # The first sync is that of the migration.
    slow = [STRACE, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=1500000:when=1"]
    command = [*slow, PROGRAM, *alone.arguments, "call", CREATE, "name=late", f"nats_account_id={alone.beside}", "timeout_ms=300"]
    ended = subprocess.run(command, env=clean_environment(alone.folder, None), capture_output=True, timeout=LIMIT)
    assert ended.returncode == 6 and b"is still being migrated" in ended.stderr and ended.stderr.count(MIGRATED) == 1
    assert look(alone.state)[0] == VERSION
    with alone.bridge() as bridge:
        assert bridge.result("credentials.list", {"page_size": 1})["total_count"] == ROWS + 3


def test_a_signal_ends_a_process_that_waits_for_a_migration(told):
    add_rows(told)
    with traced(told.folder, "fdatasync", f"delay_enter={LIMIT * 1_000_000}:when=1", *told.arguments[2:]) as bridge:
        error = bridge.call(CREATE, {"name": "late", "nats_account_id": told.beside, "timeout_ms": 300})["error"]
        assert error["data"]["kind"] == "timeout"
        bridge.process.stdin.close()
        read_until(bridge.process.stderr.fileno(), b"is still being migrated")
        (traced_one,) = Path(f"/proc/{bridge.process.pid}/task/{bridge.process.pid}/children").read_text().split()
        os.kill(int(traced_one), signal.SIGTERM)
        # strace ends as the process did.
        assert bridge.process.wait(LIMIT) == -signal.SIGTERM
    assert look(told.state)[0] == 1


def test_no_change_needs_a_folder_for_temporary_files(alone):
    """The system's may be full, or read-only, while the state folder is neither."""
    ids = add_rows(alone)
    opened = alone.folder / "opened"
    with traced(alone.folder, "openat", "delay_enter=1:when=1", *alone.arguments[2:], log=opened) as bridge:
        for number in range(50):
            create(bridge, f"new {number}", nats_account_id=alone.beside)
            assert bridge.result(DELETE, {"nats_credentials_id": ids[number]})["deleted"]
        assert bridge.end()[2].count(MIGRATED) == 1
    assert b"/store.db" in opened.read_bytes() and b"etilqs" not in opened.read_bytes()


REFUSED = {
    "credentials.create": {"name": "no", "nats_account_id": f"A{'A' * 55}"},
    "credentials.delete": {"nats_credentials_id": "11111111-1111-4111-8111-111111111111"},
    "accounts.update": {"nats_account_id": f"A{'A' * 55}", "name": "no"},
}


@pytest.mark.parametrize("method", REFUSED)
def test_a_migration_stands_where_the_change_that_began_it_is_refused(method, told):
    """Else each that is refused would hold the store for the time of a migration, and for nothing."""
    with told.bridge() as bridge:
        assert bridge.call(method, REFUSED[method])["error"]["data"]["outcome"] == "none"
        assert look(told.state)[0] == VERSION and listed(bridge) == told.list
        assert bridge.end()[2].count(MIGRATED) == 1


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


@pytest.mark.parametrize("version", range(2, VERSION))
def test_a_later_store_is_read_as_it_is_and_migrated_by_its_first_change(version, home):
    with Port() as port:
        here = Home(home, port)
        make(here)
        version_1.turn_back(here.state, version)
        with here.bridge() as bridge:
            assert listed(bridge) == here.list
            bridge.end()
        assert look(here.state)[0] == version
        with here.server, here.bridge() as bridge:
            assert bridge.result(DELETE, {"nats_credentials_id": here.id})["deleted"]
            assert not here.is_accepted(here.creds) and here.is_accepted(here.keeper)
            status, _, errors = bridge.end()
        assert status == 0 and errors.count(MIGRATED.replace(b"version 1", f"version {version}".encode())) == 1
        assert look(here.state)[0] == VERSION
