"""`save_to` on disks that fail, in races, and killed: the file is whole or the old one, and what cannot be undone is named."""

import os
import signal
import threading

import pytest

from issued import CREATE, claims, create, holds, ids, local, save_error, saved_right, until
from mounted import Mounted
from nats_server import NATSServer
from process_tools import files_below, held_store, make_store, state_folder
from saving import RENAMES, checksum_of, refused, save
from traced import traced, was_injected

# Disks that fail.

OLD_FILE = 'printf old > "$1/app.creds"; printf x > "$1/filler"'
FAILING_DISKS = {
    "space": ('mount -t tmpfs -o size=8k none "$1"; ' + OLD_FILE, "full"),
    "inodes": ('mount -t tmpfs -o nr_inodes=3 none "$1"; ' + OLD_FILE, "full"),
    "read_only": ('mount -t tmpfs none "$1"; ' + OLD_FILE + '; mount -o remount,ro "$1"', "permissions"),
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("disk", FAILING_DISKS)
def test_a_disk_that_takes_no_file_leaves_the_old_one_and_no_credential(home, folder, port, disk, overwrite):
    commands, reason = FAILING_DISKS[disk]
    with Mounted(folder, commands) as mounted, mounted.bridge(home, "--nats-url", port.url) as bridge:
        assert refused(bridge, folder / ("app.creds" if overwrite else "new.creds"), overwrite=overwrite) == (reason, "none")
        assert files_below(mounted.folder) == ["app.creds", "filler"] and holds(mounted.folder / "app.creds", "old")
        saved_right(save(bridge, home / "elsewhere.creds"))


FAULTS = [
    ("linkat", 1, False), (RENAMES, 1, True), ("openat", 1, False), ("openat", 2, True), ("openat", 3, False), ("openat", 3, True),
    ("fsync", 1, False),
]  # fmt: skip


@pytest.mark.parametrize("kind, number, overwrite", FAULTS, ids=lambda value: str(value).strip("?")[:8])
def test_a_step_that_fails_leaves_what_was_there_and_no_credential(home, folder, port, kind, number, overwrite):
    make_store(home)
    if overwrite:
        (folder / "app.creds").write_text("old")
    with traced(home, kind, f"error=EIO:when={number}", "--nats-url", port.url, log=home / "log", path=folder) as bridge:
        assert refused(bridge, folder / "app.creds", overwrite=overwrite) == ("io", "none")
        assert {path.name: path.read_text()[:3] for path in folder.iterdir()} == ({"app.creds": "old"} if overwrite else {})
        saved_right(save(bridge, folder / "app.creds", overwrite=overwrite))
        bridge.end()
    assert was_injected(home / "log")


# Races.


def after_the_look(home, folder, port, meanwhile, **params):
    """A create whose targets were looked at waits for the store, while something happens in the folder; gives its answer."""
    make_store(home)
    log = home / "strace.log"
    with held_store(home) as release, traced(home, "openat", "delay_enter=1:when=1", "--nats-url", port.url, log=log) as bridge:
        bridge.send(create(name="app", save_to=str(folder / "app.creds"), **params))
        until(lambda: log.exists() and b"store.db" in log.read_bytes())
        meanwhile()
        release()
        answer = bridge.message()
        return answer, ids(bridge)


def test_a_file_that_came_in_between_wins(home, folder, port):
    answer, left = after_the_look(home, folder, port, lambda: (folder / "app.creds").write_text("came in between"))
    assert save_error(answer["error"]) == ("exists", "none") and left == []
    assert holds(folder / "app.creds", "came in between") and os.listdir(folder) == ["app.creds"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_that_came_in_between_is_not_followed(home, folder, port, overwrite):
    (home / "elsewhere").write_text("stays")
    answer, left = after_the_look(home, folder, port, lambda: (folder / "app.creds").symlink_to(home / "elsewhere"), overwrite=overwrite)
    assert save_error(answer["error"]) == ("not_a_file" if overwrite else "exists", "none") and left == []
    assert holds(home / "elsewhere", "stays") and os.listdir(folder) == ["app.creds"]


@pytest.mark.parametrize("to", ["elsewhere", "the state folder"])
def test_a_folder_that_was_swapped_for_a_link_meanwhile_is_not_followed(home, folder, port, to):
    (home / "elsewhere").mkdir()
    target = home / "elsewhere" if to == "elsewhere" else state_folder(home)

    def swap():
        folder.rename(home / "moved")
        folder.symlink_to(target)

    answer, left = after_the_look(home, folder, port, swap)
    assert not (target / "app.creds").exists()
    if "error" in answer:
        assert save_error(answer["error"])[1] == "none" and left == [] and os.listdir(home / "moved") == []
    else:
        assert os.listdir(home / "moved") == ["app.creds"] and left == [answer["result"]["id"]]


def test_a_folder_that_went_away_meanwhile(home, folder, port):
    answer, left = after_the_look(home, folder, port, folder.rmdir)
    assert save_error(answer["error"]) == ("no_folder", "none") and left == []


@pytest.mark.parametrize("overwrite", [False, True])
def test_two_processes_that_save_to_one_name_at_once(home, folder, port, overwrite):
    make_store(home)
    gate, answers = threading.Barrier(4), []

    def work():
        with local(home, port) as bridge:
            bridge.result("bridge.ping")
            gate.wait(20)
            answers.append(bridge.call(CREATE, {"name": "app", "save_to": str(folder / "app.creds"), "overwrite": overwrite}))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 4 and os.listdir(folder) == ["app.creds"]
    made = [answer["result"] for answer in answers if "result" in answer]
    assert {save_error(answer["error"]) for answer in answers if "error" in answer} <= {("exists", "none")}
    assert len(made) == (4 if overwrite else 1)
    [last] = [row for row in made if row["checksum"] == checksum_of(folder / "app.creds")]
    saved_right(last)
    with local(home, port) as bridge:
        assert sorted(ids(bridge)) == sorted(row["id"] for row in made)


# Kills.


@pytest.mark.parametrize("kind", ["openat", "fsync", RENAMES, "unlinkat"], ids=lambda kind: kind.strip("?"))
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new_one_whole(home, folder, port, kind):
    """Steps in the folder of the target alone; the store's are elsewhere."""
    make_store(home)
    for number in range(1, 20):
        (folder / "app.creds").write_text("old")
        with traced(home, kind, f"signal=KILL:when={number}", "--nats-url", port.url, path=folder) as bridge:
            bridge.send(create(name="app", save_to=str(folder / "app.creds"), overwrite=True))
            answer = bridge.message()
        whole_old_or_new(home, port, folder / "app.creds", answer)
        if answer is not None:
            assert number > 1
            return
    raise AssertionError("the run never lived to its end")


def whole_old_or_new(home, port, path, answer):
    """And the new one belongs to a credential that is listed."""
    is_new = not holds(path, "old")
    if answer is not None:
        saved_right(answer["result"])
    elif is_new:
        claims(path.read_text())
    with local(home, port) as bridge:
        rows = bridge.result("credentials.list", {"page_size": 100})["nats_credentials"]
        assert not is_new or checksum_of(path) in {row["checksum"] for row in rows}
        saved_right(save(bridge, path, overwrite=True))


# When even the undo fails.


def test_a_save_that_fails_while_the_server_is_silent_says_what_is_left(home, folder, port):
    """The deletion is recorded but not enforced: the one case in which a refused save leaves something, and says what."""
    with local(home, port) as bridge:
        first = bridge.result(CREATE, {"name": "first"})["id"]
    with NATSServer(state_folder(home) / "nats-server.conf", port) as server:
        with local(home, port) as bridge:
            bridge.result("accounts.create", {"name": "the server hears of us"})
            account = bridge.result("credentials.get", {"nats_credentials_id": first})["nats_account_id"]
            known = bridge.result("accounts.update", {"nats_account_id": account, "name": "known"})
            assert known["pushed"] is True
        server.process.send_signal(signal.SIGSTOP)
        try:
            with traced(home, "linkat", "error=EIO:when=1", "--nats-url", port.url, path=folder) as bridge:
                error = bridge.error(CREATE, {"name": "app", "nats_account_id": account, "save_to": str(folder / "app.creds")})
                assert save_error(error) == ("io", "done")
                data = error["data"]
                assert data["resource"] == "credentials"
                left = bridge.result("credentials.get", {"nats_credentials_id": data["resource_id"]})
                assert (left["name"], left["state"]) == ("app", "revoking")
                assert os.listdir(folder) == []
        finally:
            server.process.send_signal(signal.SIGCONT)
        with local(home, port) as bridge:
            bridge.result("credentials.delete", {"nats_credentials_id": data["resource_id"], "missing_ok": True})
            assert ids(bridge) == [first]
