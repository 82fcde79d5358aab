"""nats-server reads an account's claims from its file in resolver/. A file that is lost, empty, cut short, older or a stranger's is seen, told
and mended; so is a whole folder that was put back from the backup that the README describes."""

import contextlib
import os
import shutil
import sqlite3

import pytest

from live_clients import Client
from nats_server import NATS_SERVERS, Port
from process_tools import run
from revoking import DELETE, Home, create, eventually, listed, new_seed, payload, signed


@pytest.fixture(params=NATS_SERVERS)
def here(request, home):
    """A home with a keeper and one that was deleted, and its server, which is down."""
    with Port() as port:
        place = Home(home, port, NATS_SERVERS[request.param])
        with place.bridge() as bridge:
            place.keeper_id, place.keeper = create(bridge, "keeper")
            place.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            place.file = place.state / "resolver" / f"{place.account}.jwt"
            place.older = place.file.read_bytes()
            id, place.gone = create(bridge, "gone")
            with place.server:
                bridge.result(DELETE, {"nats_credentials_id": id})
        try:
            yield place
        finally:
            place.server.stop()


def strangers(here):
    """Claims of this account that another operator signed."""
    return signed(payload(here.file.read_text()), new_seed(14 << 3)).encode()


HARMS = {
    "lost": lambda here: here.file.unlink(),
    "empty": lambda here: here.file.write_bytes(b""),
    "cut short": lambda here: here.file.write_bytes(here.file.read_bytes()[:-40]),
    "cut in the middle": lambda here: os.truncate(here.file, here.file.stat().st_size // 2),
    "older": lambda here: here.file.write_bytes(here.older),
    "a stranger's": lambda here: here.file.write_bytes(strangers(here)),
    "no token": lambda here: here.file.write_bytes(b"\xff\x00 not a token"),
}


@pytest.fixture(params=HARMS)
def harmed(request, here):
    HARMS[request.param](here)
    return here


def doctor(here, *more):
    result = run(here.folder, "doctor", *more, *here.arguments)
    lines = [line.split(" ", 1) for line in result.stdout.decode().splitlines() if line.split(" ")[0] in ("ok", "--", "FAIL")]
    return result.returncode, {rest.split(":")[0]: mark for mark, rest in lines}, result.stdout.decode()


def is_as_it_should_be(here):
    assert here.is_accepted(here.keeper) and not here.is_accepted(here.gone)
    assert here.server_claims(here.account) == here.file_claims(here.account)
    with here.bridge() as bridge:
        assert [row["name"] for row in listed(bridge).values()] == ["keeper"]
        assert bridge.result("bridge.info")["pending_pushes"] == 0


def is_mended(here):
    eventually(lambda: here.is_accepted(here.keeper) and not here.is_accepted(here.gone), "the server does not get the claims", limit=4)
    eventually(lambda: not (here.state / "pending").exists(), "something stays pending", limit=4)
    is_as_it_should_be(here)


@pytest.mark.parametrize("when", ["before the server starts", "while it runs"])
def test_a_serving_bridge_mends_it_beside_its_first_request(when, harmed):
    if when == "while it runs":
        harmed.server.start()
    with harmed.bridge() as bridge:
        assert bridge.result("credentials.list")["total_count"] == 1
        eventually(lambda: harmed.file.exists() and harmed.file.read_bytes() not in (b"", harmed.older), "the file stays as it is", limit=4)
        if when != "while it runs":
            harmed.server.start()
        is_mended(harmed)


def test_a_server_that_has_read_it_is_told(harmed):
    """It was started before anybody looked."""
    with contextlib.suppress(AssertionError):
        harmed.server.start()
    with harmed.bridge() as bridge:
        bridge.result("accounts.list")
        is_mended(harmed)


def test_a_credential_that_is_made_works(harmed):
    harmed.server.start()
    result = run(harmed.folder, *harmed.arguments, "call", "credentials.create", "name=new", f"save_to={harmed.folder}/new.creds")
    assert result.returncode == 0, result.stderr
    assert harmed.is_accepted((harmed.folder / "new.creds").read_text())
    assert harmed.is_accepted(harmed.keeper) and not harmed.is_accepted(harmed.gone)


def test_doctor_names_it_and_changes_nothing_and_repairs_it_when_asked(harmed):
    harmed.server.start()
    before = harmed.file.read_bytes() if harmed.file.exists() else None
    status, marks, text = doctor(harmed)
    assert status == 1 and marks["claims files"] == "FAIL" and harmed.account in text
    assert (harmed.file.read_bytes() if harmed.file.exists() else None) == before
    status, marks, text = doctor(harmed, "--repair")
    assert (status, set(marks.values())) == (0, {"ok"}), text
    assert "repaired:" in text and harmed.account in text
    is_as_it_should_be(harmed)
    assert doctor(harmed)[0] == 0 and "repaired:" not in doctor(harmed, "--repair")[2]


def test_the_file_of_an_account_that_is_deleted_is_kept_too(here):
    here.server.start()
    with here.bridge() as bridge:
        assert bridge.result("accounts.delete", {"nats_account_id": here.account})["deleted"]
    here.server.stop()
    here.file.write_bytes(here.older)
    status, marks, text = doctor(here)
    assert marks["claims files"] == "FAIL" and here.account in text
    here.server.start()
    with here.bridge() as bridge:
        assert bridge.result("accounts.list")["total_count"] == 0
        eventually(lambda: not here.is_accepted(here.keeper), "a deleted account lets its users in", limit=4)
    assert doctor(here)[0] == 0


@pytest.mark.parametrize("what", ["the store alone", "the files together"])
def test_the_readmes_backup_put_back_into_an_empty_folder(what, here):
    copy = here.folder / "copy"
    copy.mkdir(mode=0o700)
    if what == "the store alone":
        with here.store() as store, contextlib.closing(sqlite3.connect(copy / "store.db")) as target:
            store.backup(target)
    else:
        for file in here.state.glob("store.db*"):
            shutil.copy(file, copy)
    shutil.rmtree(here.state)
    here.state.mkdir(mode=0o700)
    for file in copy.iterdir():
        shutil.copy(file, here.state)
        (here.state / file.name).chmod(0o600)
    with here.bridge() as bridge:
        assert [row["name"] for row in listed(bridge).values()] == ["keeper"]
        eventually(here.file.exists, "no claims file is written", limit=4)
        here.server.start()
        with Client(here.port, here.keeper):
            pass
        assert not here.is_accepted(here.gone)
        assert here.is_accepted(create(bridge, "new")[1])


def test_many_files_are_looked_at_without_holding_up_anybody(here):
    with here.bridge() as bridge:
        accounts = [bridge.result("accounts.create", {"name": f"account {number}"})["id"] for number in range(40)]
    for account in accounts[::2]:
        (here.state / "resolver" / f"{account}.jwt").unlink()
    with here.bridge() as bridge:
        assert bridge.result("accounts.list")["total_count"] == 41
        eventually(lambda: all((here.state / "resolver" / f"{account}.jwt").exists() for account in accounts), "a file stays lost")
