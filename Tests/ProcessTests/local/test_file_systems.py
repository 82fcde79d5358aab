"""File systems that cannot do everything: folders that cannot be synced, no hard links, no rename that replaces nothing. strace has the
system say so; a file is still saved whole, races lose safely, and what really fails is told."""

import os
import signal
import threading

import pytest

from bridge import PROGRAM, Bridge
from issued import CREATE, claims, create, holds, ids, local, save_error, saved_right, until
from process_tools import files_below, make_store, state_folder
from traced import STRACE, traced, was_injected

CANNOT_SYNC = ["EINVAL", "EOPNOTSUPP"]
every_refusal = pytest.mark.parametrize("error", CANNOT_SYNC)
either = pytest.mark.parametrize("overwrite", [False, True], ids=["new", "overwriting"])


@pytest.fixture
def folder(home):
    path = home / "share"
    path.mkdir()
    return path


def save(bridge, path, **params):
    return bridge.call(CREATE, {"name": "app", "save_to": str(path), **params})


# Folders that cannot be synced


@every_refusal
@either
def test_a_folder_that_cannot_be_synced_takes_files(home, folder, port, error, overwrite):
    if overwrite:
        (folder / "app.creds").write_text("old")
    make_store(home)
    with traced(home, "fsync", f"error={error}", "--nats-url", port.url, log=home / "log", path=folder) as bridge:
        saved_right(save(bridge, folder / "app.creds", overwrite=overwrite)["result"])
        bridge.end()
    assert was_injected(home / "log") and files_below(folder) == ["app.creds"]


@every_refusal
def test_contexts_in_a_folder_that_cannot_be_synced(home, port, error):
    folder = home / "config/nats/context"
    folder.mkdir(parents=True)
    make_store(home)
    with traced(home, "fsync", f"error={error}", "--nats-url", port.url, log=home / "log", path=folder) as bridge:
        saved_right(bridge.result(CREATE, {"name": "app", "nats_context": "app"}))
        bridge.end()
    assert was_injected(home / "log") and files_below(folder) == ["app.creds", "app.json"]


@every_refusal
@pytest.mark.parametrize("place", ["", "resolver"])
def test_a_state_folder_that_cannot_be_synced_holds_a_store(home, port, error, place):
    with traced(home, "fsync", f"error={error}", "--nats-url", port.url, log=home / "log", path=state_folder(home) / place) as bridge:
        made = bridge.result(CREATE, {"name": "app"})["id"]
        bridge.result("credentials.delete", {"nats_credentials_id": made})
        assert bridge.end() == (0, b"", b"")
    assert was_injected(home / "log")


def test_a_folder_whose_sync_fails_is_told(home, folder, port):
    make_store(home)
    with traced(home, "fsync", "error=EIO", "--nats-url", port.url, path=folder) as bridge:
        assert save_error(save(bridge, folder / "app.creds")["error"]) == ("io", "none")
        assert ids(bridge) == [] and files_below(folder) == []


def test_a_file_that_cannot_be_synced_is_told(home, folder, port):
    """That is not the folder: where the file itself is not safe, nothing is."""
    with local(home, port) as bridge:
        bridge.result(CREATE, {"name": "first"})
    # Counted for each thread; that of the files syncs nothing else.
    with traced(home, "fsync", "error=EINVAL:when=1", "--nats-url", port.url) as bridge:
        assert save_error(save(bridge, folder / "app.creds")["error"]) == ("io", "none")
        saved_right(save(bridge, folder / "app.creds")["result"])


# File systems without hard links


def without_links(home, port, folder, link="EPERM", rename="EINVAL", faults=(), log="/dev/null"):
    """A bridge whose system makes no second name in this folder, and by `rename` no rename that replaces nothing either."""
    kinds = ["linkat", "renameat2", "renameat", *(fault.split(":")[0] for fault in faults)]
    faults = [f"linkat:error={link}", *([f"renameat2:error={rename}"] if rename else []), *faults]
    options = ["-f", "-qq", "-o", str(log), "-P", str(folder), "-e", "trace=" + ",".join(kinds)]
    options += [word for fault in faults for word in ("-e", f"inject={fault}")]
    return Bridge(home, *options, PROGRAM, "--region", "local", "--nats-url", port.url, executable=STRACE)


SYSTEMS = [("EPERM", None), ("EOPNOTSUPP", None), ("EPERM", "EINVAL"), ("EOPNOTSUPP", "EINVAL"), ("ENOSYS", "ENOSYS"), ("EMLINK", "EPERM")]
every_system = pytest.mark.parametrize("link, rename", SYSTEMS)


@every_system
def test_without_hard_links_a_file_is_saved_once_and_replaced_if_that_is_asked_for(home, folder, port, link, rename):
    with without_links(home, port, folder, link, rename, log=home / "log") as bridge:
        first = saved_right(save(bridge, folder / "app.creds")["result"])
        assert save_error(save(bridge, folder / "app.creds")["error"]) == ("exists", "none")
        assert (folder / "app.creds").read_bytes() == first
        second = saved_right(save(bridge, folder / "app.creds", overwrite=True)["result"])
        third = saved_right(save(bridge, folder / "other.creds", overwrite=True)["result"])
        assert len({first, second, third}) == 3 and len(ids(bridge)) == 3
        bridge.end()
    assert was_injected(home / "log") and files_below(folder) == ["app.creds", "other.creds"]


@every_system
def test_contexts_without_hard_links(home, port, link, rename):
    folder = home / "config/nats/context"
    folder.mkdir(parents=True)
    with without_links(home, port, folder, link, rename) as bridge:
        for overwrite in (False, True):
            saved_right(bridge.result(CREATE, {"name": "app", "nats_context": "app", "overwrite": overwrite}))
    assert files_below(folder) == ["app.creds", "app.json"]


@either
@pytest.mark.parametrize("kind, number", [("renameat", 1), ("fsync", 1), ("openat", 3), ("openat", 4), ("openat", 5)])
def test_a_step_that_fails_leaves_what_was_there(home, folder, port, kind, number, overwrite):
    """The fifth opening in the folder is only where a file is copied that is to be replaced."""
    make_store(home)
    before = {"app.creds": "old" * 50_000} if overwrite else {}
    for name, text in before.items():
        (folder / name).write_text(text)
    with without_links(home, port, folder, faults=[f"{kind}:error=EIO:when={number}"]) as bridge:
        answer = save(bridge, folder / "app.creds", overwrite=overwrite)
        if "error" not in answer:
            assert (kind, number, overwrite) == ("openat", 5, False)
            return
        assert save_error(answer["error"]) == ("io", "none") and ids(bridge) == []
        assert sorted(os.listdir(folder)) == sorted(before)
        assert all(holds(folder / name, text) for name, text in before.items()), "the old file is lost"
        saved_right(save(bridge, folder / "app.creds", overwrite=overwrite)["result"])


@either
@pytest.mark.parametrize("kind", ["openat", "renameat", "fsync", "unlinkat"])
def test_a_kill_at_any_step_leaves_a_file_that_is_whole_or_empty(home, folder, port, kind, overwrite):
    """Empty only where nothing was, and where nobody was told that it is saved."""
    make_store(home)
    path = folder / "app.creds"
    for number in range(1, 20):
        for each in folder.iterdir():
            each.unlink()
        if overwrite:
            path.write_text("old")
        with without_links(home, port, folder, faults=[f"{kind}:signal=KILL:when={number}"]) as bridge:
            bridge.send(create(name="app", save_to=str(path), overwrite=overwrite))
            answer = bridge.message()
        if answer is not None:
            saved_right(answer["result"])
            return
        if overwrite:
            assert holds(path, "old") or claims(path.read_text())
        else:
            assert not path.exists() or holds(path, "") or claims(path.read_text())
    raise AssertionError("the run never lived to its end")


# Races


@pytest.mark.parametrize("rename", [None, "EINVAL"], ids=["rename that replaces nothing", "neither"])
def test_of_bridges_that_save_to_one_name_at_once_one_does(home, folder, port, rename):
    make_store(home)
    with local(home, port) as bridge:
        for number in range(4):
            made, refused = race(home, folder / f"{number}.creds", port, rename)
            assert len(made) == 1 and {save_error(error) for error in refused} == {("exists", "none")}
            saved_right(made[0])
        assert len(ids(bridge)) == 4 and files_below(folder) == [f"{number}.creds" for number in range(4)]


def race(home, path, port, rename):
    """Results and errors of three creates that look before any of them saves."""
    gate, answers = threading.Barrier(3), []

    def work():
        # What makes the name is held up, so that all have looked and found nothing.
        faults = ["linkat:error=EPERM:delay_enter=300000"]
        with without_links(home, port, path.parent, rename=rename, faults=faults) as bridge:
            bridge.result("credentials.list")
            gate.wait(20)
            answers.append(save(bridge, path))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 3
    return [answer["result"] for answer in answers if "result" in answer], [answer["error"] for answer in answers if "error" in answer]


@pytest.mark.parametrize("what", ["another file", "a text written in it"])
def test_a_file_that_comes_while_the_name_is_being_made_wins(home, folder, port, what):
    """Between the making of the name and the rename: every look at the folder is held up."""
    make_store(home)
    path = folder / "app.creds"
    with without_links(home, port, folder, faults=["newfstatat:delay_enter=400000"]) as bridge:
        bridge.send(create(name="app", save_to=str(path)))
        until(path.exists)
        if what == "another file":
            (home / "mine").write_text("mine")
            os.replace(home / "mine", path)
        else:
            path.write_text("mine")
        assert save_error(bridge.message()["error"]) == ("exists", "none")
        assert ids(bridge) == []
    assert holds(path, "mine") and files_below(folder) == ["app.creds"]


@either
def test_a_signal_while_it_saves_leaves_nothing_half(home, folder, port, overwrite):
    make_store(home)
    with without_links(home, port, folder, faults=["renameat:delay_enter=400000"], log=home / "log") as bridge:
        bridge.send(create(name="app", save_to=str(folder / "app.creds"), overwrite=overwrite))
        until(lambda: (home / "log").exists() and b"renameat(" in (home / "log").read_bytes())
        os.kill(tracee(bridge), signal.SIGTERM)
        saved_right(bridge.message()["result"])
    assert files_below(folder) == ["app.creds"]


def tracee(bridge):
    with open(f"/proc/{bridge.process.pid}/task/{bridge.process.pid}/children") as file:
        return int(file.read().split()[0])
