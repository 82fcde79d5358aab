"""A store whose disk fails, is full or read-only gives an error that says what became of the request; the process lives, and goes on.

strace makes the Nth system call of one kind fail, for N = 1, 2, … until none is left to fail."""

import shutil
import sqlite3

import pytest

from bridge import PROGRAM, Bridge
from issued import local
from mounted import Mounted, fill_disk
from revoking import listed
from traced import traced, was_injected

STATE = "state/nats-credentials-bridge"
OPENED = ["store.db", "store.db-wal", "store.db-shm", "files.lock", "operator.jwt", "nats-server.conf"]
FULL, IO = ("full",), ("io",)
# SQLite tells a sync that fails apart from nothing else, so either word is right.
KINDS = [
    ("pwrite64", "EIO", IO), ("pwrite64", "ENOSPC", FULL), ("fdatasync", "EIO", IO), ("fdatasync", "ENOSPC", FULL + IO),
    ("fsync", "EIO", IO), ("fsync", "ENOSPC", FULL), ("renameat", "EIO", IO), ("ftruncate", "EIO", IO),
]
CREATE = "credentials.create"


@pytest.fixture(scope="module")
def homes(tmp_path_factory, port):
    """Homes to begin with: nothing, and a store with three credentials."""
    folder = tmp_path_factory.mktemp("homes")
    (folder / "fresh").mkdir()
    make_store(folder / "used", port)
    return folder


def make_store(home, port):
    home.mkdir(exist_ok=True)
    with local(home, port) as bridge:
        for _ in range(3):
            bridge.result(CREATE, {"name": "before"})
        assert bridge.end()[0] == 0
    # A process that ends while it looks at its files leaves the log, which would be there for one run and not for the next.
    sqlite3.connect(home / STATE / "store.db").execute("SELECT count(*) FROM sqlite_schema").connection.close()
    assert not (home / STATE / "store.db-wal").exists()


def storage_error(error):
    """Its reason and outcome."""
    assert (error["code"], error["data"]["kind"]) == (1507, "storage"), error
    return error["data"]["reason"], error["data"]["outcome"]


def create_with_fault(template, home, port, kind, what, number, path=None):
    """Three creates and a list while one call fails: the ids answered, the errors, and whether a call was there to fail."""
    shutil.copytree(template, home)
    log = home / "strace.log"
    path = path and home / STATE / path
    # The used store's configuration listens elsewhere, so that it is written too.
    arguments = ["--nats-url", port.url, "--listen", f"127.0.0.1:{port.number - 1}"]
    with traced(home, kind, f"{what}:when={number}", *arguments, log=log, path=path) as bridge:
        answers = [bridge.call(CREATE, {"name": "x"}) for _ in range(3)]
        ids = {answer["result"]["id"] for answer in answers if "result" in answer}
        errors = [storage_error(answer["error"]) for answer in answers if "error" in answer]
        assert ids <= set(listed(bridge))
        assert bridge.end()[0] == 0
    return ids, errors, was_injected(log)


def at_every_step(template, home, port, kind, what, every=1):
    """All errors that came; each run is looked at by a fresh process."""
    found = []
    for number in range(1, 400, every):
        place = home / str(number)
        ids, errors, was_hit = create_with_fault(template, place, port, kind, what, number)
        with local(place, port) as bridge:
            after = set(listed(bridge))
            bridge.result(CREATE, {"name": "after"})
            assert bridge.end()[0] == 0
        assert len(errors) <= 1, "a call failed, and so did those after it"
        assert len(ids) == 3 - len(errors) and ids <= after
        before = 0 if template.name == "fresh" else 3
        unknown = sum(outcome == "unknown" for _, outcome in errors)
        assert 0 <= len(after) - before - len(ids) <= unknown, "what was answered and what is there differ"
        found += errors
        shutil.rmtree(place)
        if not was_hit:
            assert not errors and number > 1
            return found
    raise AssertionError("no run was without a fault")


@pytest.mark.parametrize("kind, error, reasons", KINDS, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("template", ["fresh", "used"])
def test_a_failing_call_is_an_error_that_tells_the_truth(template, kind, error, reasons, homes, home, port):
    every = {"fresh": 5, "used": 2}[template] if kind == "pwrite64" else 1
    errors = at_every_step(homes / template, home, port, kind, f"error={error}", every)
    # Where a file could not be synced for want of room, the reserve gives some, and nothing is to be told.
    assert errors or (kind, error) == ("fsync", "ENOSPC")
    assert {reason for reason, _ in errors} <= set(reasons)
    assert {outcome for _, outcome in errors} <= {"none", "unknown"}


def test_a_commit_whose_sync_fails_is_of_unknown_outcome(homes, home, port):
    """The store is open already when the first sync comes, so each of them belongs to a commit."""
    errors = at_every_step(homes / "used", home, port, "fdatasync", "error=EIO")
    assert len(errors) >= 3 and set(errors) == {("io", "unknown")}


@pytest.mark.parametrize("file", OPENED)
@pytest.mark.parametrize("error", ["EIO", "EMFILE"])
def test_a_file_that_cannot_be_opened_once_is_an_error_once(file, error, homes, home, port):
    hit = set()
    for number in (1, 2):
        _, errors, was_hit = create_with_fault(
            homes / "used", home / str(number), port, "openat", f"error={error}", number, path=file
        )
        assert len(errors) <= 1, "a call failed, and so did those after it"
        assert {*errors} <= {("io", "none")}
        hit.add(was_hit)
    assert True in hit


def test_a_full_disk_refuses_creates_and_still_lists(home, port):
    state = home / STATE
    state.mkdir(parents=True)
    with Mounted(state, 'mount -t tmpfs -o size=900k,mode=0700 none "$1"; head -c 200k /dev/zero > "$1/filler"') as mounted:
        with mounted.bridge(home, "--nats-url", port.url) as bridge:
            ids, error = create_until_it_fails(bridge)
            assert storage_error(error) == ("full", "none")
            assert ids and set(listed(bridge)) == ids
            # The place of a change that was too long may be long enough for some shorter ones.
            fill_disk(mounted.folder / "rest")
            more, error = create_until_it_fails(bridge)
            assert storage_error(error) == ("full", "none")
            ids |= more
            assert bridge.result("credentials.get", {"nats_credentials_id": min(ids)})["id"] == min(ids)
            for file in ("filler", "rest"):
                (mounted.folder / file).unlink()
            ids.add(bridge.result(CREATE, {"name": "there is room again"})["id"])
            assert set(listed(bridge)) == ids
            assert bridge.end()[0] == 0


def test_a_store_on_a_full_disk_is_opened_and_listed(home, port):
    state = home / STATE
    state.mkdir(parents=True)
    with Mounted(state, 'mount -t tmpfs -o size=900k,mode=0700 none "$1"') as mounted:
        with mounted.bridge(home, "--nats-url", port.url) as bridge:
            ids, _ = create_until_it_fails(bridge)
            bridge.end()
        fill_disk(mounted.folder / "filler")
        with mounted.bridge(home, "--nats-url", port.url) as bridge:
            assert set(listed(bridge)) == ids
            more, error = create_until_it_fails(bridge)
            assert storage_error(error) == ("full", "none")
            assert set(listed(bridge)) == ids | more
            assert bridge.end()[0] == 0


def create_until_it_fails(bridge):
    ids = set()
    for number in range(5000):
        answer = bridge.call(CREATE, {"name": f"{number} " + "n" * 400})
        if "error" in answer:
            return ids, answer["error"]
        ids.add(answer["result"]["id"])
    raise AssertionError("the disk is never full")


def test_a_file_that_may_not_grow_is_a_full_disk(homes, home, port):
    shutil.copytree(homes / "used", home / "limited")
    limited = f'ulimit -f 200; exec "{PROGRAM}" --region local --nats-url {port.url}'
    with Bridge(home / "limited", "-c", limited, executable="bash") as bridge:
        before = set(listed(bridge))
        ids, error = create_until_it_fails(bridge)
        reason, outcome = storage_error(error)
        assert reason in ("full", "io") and outcome in ("none", "unknown")
        assert before | ids <= set(listed(bridge))
        bridge.end()
    with local(home / "limited", port) as bridge:
        after = set(listed(bridge))
        assert before | ids <= after and len(after - before - ids) <= (outcome == "unknown")
        bridge.result(CREATE, {"name": "after"})


READ_ONLY = 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"'


@pytest.mark.parametrize("was_killed", [False, True], ids=["closed", "killed"])
def test_a_read_only_state_folder_lists_and_gets(was_killed, home, port):
    with local(home, port) as bridge:
        ids = {bridge.result(CREATE, {"name": f"number {number}"})["id"] for number in range(5)}
        if was_killed:
            bridge.process.kill()
            bridge.process.wait(10)
        else:
            assert bridge.end()[0] == 0
    with Mounted(home / STATE, READ_ONLY) as mounted, mounted.bridge(home, "--nats-url", port.url) as bridge:
        assert set(listed(bridge)) == ids
        assert all(bridge.result("credentials.get", {"nats_credentials_id": id})["id"] == id for id in ids)
        assert len(bridge.result("accounts.list")["nats_accounts"]) == 1
        assert storage_error(bridge.error(CREATE, {"name": "no"})) == ("read_only", "none")
        assert storage_error(bridge.error("accounts.create", {"name": "no"})) == ("read_only", "none")
        assert set(listed(bridge)) == ids
        assert bridge.end()[0] == 0


def test_a_read_only_folder_without_a_store_is_not_begun(home, port):
    (home / STATE).mkdir(parents=True, mode=0o700)
    with Mounted(home / STATE, READ_ONLY) as mounted, mounted.bridge(home, "--nats-url", port.url) as bridge:
        assert storage_error(bridge.error(CREATE, {"name": "no"})) == ("read_only", "none")
        assert bridge.end()[0] == 0
