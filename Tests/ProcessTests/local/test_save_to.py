"""save_to and nats_context: a secret is in a file that is whole and its owner's alone, or the credential does not exist."""

import hashlib
import json
import os
import signal
import socket
import stat
import threading

import pytest

from bridge import PROGRAM, Bridge
from issued import CREATE, claims, create, holds, ids, local, parts, save_error, saved_right, until
from mounted import Mounted
from nats_server import NATSServer
from process_tools import files_below, held_store, make_store, state_folder
from traced import traced, was_injected

RENAMES = "?renameat,?renameat2"


@pytest.fixture
def folder(home):
    """Where a test saves; the bridge's working folder, too."""
    path = home / "work"
    path.mkdir()
    return path


@pytest.fixture
def bridge(home, folder, port):
    with local(home, port, cwd=folder) as running:
        yield running


def save(bridge, path, **params):
    return bridge.result(CREATE, {"name": "app", "save_to": str(path), **params})


def refused(bridge, path, **params):
    """Reason and outcome of a save that is refused; nothing is left of it."""
    before = ids(bridge)
    error = save_error(bridge.error(CREATE, {"name": "app", "save_to": str(path), **params}))
    assert ids(bridge) == before
    return error


# What is written


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777], ids=oct)
def test_the_file_is_its_owners_alone_whatever_the_umask(home, folder, port, umask):
    with local(home, port, cwd=folder, umask=umask) as bridge:
        saved_right(save(bridge, folder / "app.creds"))
        result = bridge.result(CREATE, {"name": "app", "nats_context": "app"})
    saved_right(result)
    for path in (home / "config", home / "config/nats", home / "config/nats/context"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_the_file_holds_what_the_answer_would_have_held(bridge, folder):
    shown = bridge.result(CREATE, {"name": "app"})["credentials"]["content"]
    saved = saved_right(save(bridge, folder / "app.creds")).decode()
    secrets = {secret: "…" for text in (shown, saved) for secret in parts(text)}
    for secret in secrets:
        shown, saved = shown.replace(secret, "…"), saved.replace(secret, "…")
    count = len(secrets)
    assert count == 4 and saved == shown


def test_the_tokens_of_a_file_and_of_an_answer_differ_only_in_who_and_when(bridge, folder):
    shown = claims(bridge.result(CREATE, {"name": "app"})["credentials"]["content"])
    saved = claims(saved_right(save(bridge, folder / "app.creds")).decode())
    for one in (shown, saved):
        for of_this_one in ("jti", "iat", "sub"):
            del one[of_this_one]
    assert shown == saved


def test_an_answer_with_a_file_holds_no_secret(bridge, folder):
    bridge.send(create(name="app", save_to="app.creds", nats_context="app"))
    line = bridge.line()
    content = (folder / "app.creds").read_text()
    shown = [secret.encode() in line for secret in parts(content)]
    assert shown == [False, False]


def test_nothing_but_the_file_is_left_in_the_folder(bridge, folder):
    for number in range(3):
        save(bridge, "app.creds", overwrite=True)
        save(bridge, f"{number}.creds")
    assert files_below(folder) == ["0.creds", "1.creds", "2.creds", "app.creds"]


# Where it is written

NAMES = [
    "app.creds", "a b.creds", " ", "-rf", "...", ".hidden", "quo'te\"s`$(x);&|*?", "back\\slash", "é\N{PARTY POPPER}.creds", "e\u0301", 
    "%00", "~",    "x" * 200, "é" * 100,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_every_name_a_file_can_have(bridge, folder, name):
    result = save(bridge, folder / name)
    saved_right(result)
    assert result["saved"]["path"] == str(folder / name) and os.listdir(folder) == [name]


@pytest.mark.parametrize("given", ["app.creds", "./app.creds", "sub/../app.creds", "sub/.//../app.creds"])
def test_a_relative_path_begins_at_the_working_folder_and_is_answered_absolute(bridge, folder, given):
    (folder / "sub").mkdir()
    result = save(bridge, given)
    saved_right(result)
    assert result["saved"]["path"] == str(folder / "app.creds")


def test_a_tilde_is_a_name_like_any_other(bridge, folder, home):
    assert refused(bridge, "~/app.creds") == ("no_folder", "none")
    (folder / "~").mkdir()
    assert save(bridge, "~/app.creds")["saved"]["path"] == str(folder / "~/app.creds")
    assert not (home / "app.creds").exists()


def test_a_folder_may_be_reached_through_a_link_and_the_answer_says_where_it_is(bridge, folder, home):
    (home / "real").mkdir()
    (folder / "link").symlink_to(home / "real")
    result = save(bridge, "link/app.creds")
    saved_right(result)
    assert result["saved"]["path"] == str(home / "real/app.creds")


def test_in_a_folder_where_others_may_write_the_file_is_still_its_owners_alone(bridge, folder):
    folder.chmod(0o777)
    saved_right(save(bridge, "app.creds"))


NO_PATHS = [
    "", "a\nb", "a\rb", "a\tb", "a\0b", "\x7f", "\x85", "\x1b[2J", "x" * 4097, None, 1, True, [], {}, ["a"],
]  # fmt: skip


@pytest.mark.parametrize("path", NO_PATHS, ids=lambda path: ascii(path)[:20])
def test_what_is_no_path_is_refused_by_the_gate(bridge, folder, path):
    error = bridge.error(CREATE, {"name": "app", "save_to": path})
    assert (error["code"], error["data"]["outcome"], error["data"]["fields"][0]["name"]) == (-32602, "none", "save_to")
    assert ids(bridge) == [] and os.listdir(folder) == []


def test_a_lone_surrogate_in_a_path_is_refused(bridge):
    bridge.send(rb'{"jsonrpc":"2.0","id":1,"method":"credentials.create","params":{"save_to":"a\ud800b"}}')
    assert bridge.message()["error"]["code"] == -32602
    assert ids(bridge) == []


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "path, reason",
    {
        "missing/app.creds": "no_folder", "missing/../app.creds": "no_folder", "file/app.creds": "no_folder",
        ".": "not_a_file", "..": "not_a_file", "sub/": "not_a_file", "/": "not_a_file", "sub": "not_a_file",
        "empty": "not_a_file", "sub/..": "not_a_file",
        "x" * 201: "too_long", "x" * 255: "too_long", "x" * 256: "too_long", "é" * 101: "too_long",
        "sub/../" * 580 + "missing/x": "no_folder",
        "x" * 300 + "/x": "no_folder", "y/" * 2000 + "x": "no_folder", "loop/x": "no_folder", "dangling/x": "no_folder",
    }.items(),
    ids=lambda value: str(value)[:16],
)  # fmt: skip
def test_where_no_file_can_be(bridge, folder, path, reason, overwrite):
    (folder / "sub").mkdir()
    (folder / "sub/inside").write_text("stays")
    (folder / "empty").mkdir()
    (folder / "file").write_text("stays")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    before = files_below(folder)
    assert refused(bridge, path, overwrite=overwrite) == (reason, "none")
    assert files_below(folder) == before


def make_fifo(path):
    os.mkfifo(path)


def make_socket(path):
    """By a descriptor of the folder, because a socket's path must be short."""
    descriptor = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    os.close(descriptor)


def make_link_to_file(path):
    (path.parent / "elsewhere").write_text("stays")
    path.symlink_to("elsewhere")


IN_THE_WAY = {
    "fifo": make_fifo, "socket": make_socket, "folder": os.mkdir, "link_to_a_file": make_link_to_file,
    "dangling_link": lambda path: path.symlink_to("new"),
    "link_to_itself": lambda path: path.symlink_to(path.name), "link_to_a_device": lambda path: path.symlink_to("/dev/null"),
    "link_to_a_folder": lambda path: path.symlink_to("."),
}  # fmt: skip


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("make", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_is_no_file_is_never_replaced_or_followed(bridge, folder, make, overwrite):
    make(folder / "app.creds")
    before = os.lstat(folder / "app.creds")
    names = files_below(folder)
    assert refused(bridge, "app.creds", overwrite=overwrite) == ("not_a_file", "none")
    after = os.lstat(folder / "app.creds")
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode) and files_below(folder) == names
    if (folder / "elsewhere").exists():
        assert holds(folder / "elsewhere", "stays")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_device_is_refused(bridge, overwrite):
    for device in ("/dev/null", "/dev/full", "/dev/tty"):
        assert refused(bridge, device, overwrite=overwrite) == ("not_a_file", "none")


@pytest.mark.parametrize("way", ["itself", "below", "by a link", "by dots", "relative"])
def test_nothing_is_saved_inside_the_state_folder(home, folder, port, way):
    make_store(home)
    state = state_folder(home)
    (folder / "link").symlink_to(state)
    path = {
        "itself": state / "x.creds", "below": state / "resolver/x.creds", "by a link": folder / "link/resolver/x.creds",
        "by dots": f"{folder}/../state/nats-credentials-bridge/x.creds", "relative": "../state/nats-credentials-bridge/store.db",
    }[way]  # fmt: skip
    before = set(files_below(state))
    with local(home, port, cwd=folder) as bridge:
        assert refused(bridge, path) == ("protected", "none")
        assert refused(bridge, path, overwrite=True) == ("protected", "none")
        bridge.end()
    assert {name for name in set(files_below(state)) - before if name.endswith((".creds", ".tmp"))} == set()


def test_a_state_folder_by_another_name_is_protected_too(home, folder, port):
    with local(home, port, "--state", "own", cwd=folder) as bridge:
        assert ids(bridge) == []
        assert refused(bridge, "own/x.creds") == ("protected", "none")
        saved_right(save(bridge, "owner.creds"))


# What is there already


def test_a_file_that_exists_is_left_as_it_is(bridge, folder):
    (folder / "app.creds").write_text("mine")
    assert refused(bridge, "app.creds") == ("exists", "none")
    assert refused(bridge, "app.creds", overwrite=False) == ("exists", "none")
    assert holds(folder / "app.creds", "mine") and os.listdir(folder) == ["app.creds"]


def test_overwrite_replaces_the_file_and_not_what_is_in_it(bridge, folder):
    """Another name of the old file, and whoever reads it, keep the old text; the new file has the right mode."""
    (folder / "app.creds").write_text("old")
    (folder / "app.creds").chmod(0o644)
    os.link(folder / "app.creds", folder / "other name")
    with open(folder / "app.creds") as reader:
        saved_right(save(bridge, "app.creds", overwrite=True))
        assert reader.read() == "old"
    assert holds(folder / "other name", "old")


def test_overwrite_makes_a_file_where_none_is(bridge):
    saved_right(save(bridge, "app.creds", overwrite=True))


def test_overwrite_alone_means_nothing_and_is_refused(bridge):
    error = bridge.error(CREATE, {"name": "app", "overwrite": True})
    assert (error["code"], error["data"]["fields"][0]["name"]) == (-32602, "overwrite") and ids(bridge) == []


def test_a_file_of_somebody_else_is_not_replaced(home):
    """As root, which owns every such file, the bridge runs as nobody; it is refused before any file of its own is needed."""
    as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    with Bridge(home, *as_nobody, PROGRAM, "--region", "local", executable="setpriv") as bridge:
        error = bridge.error(CREATE, {"name": "app", "save_to": "/etc/passwd", "overwrite": True})
        assert save_error(error) == ("not_ours", "none")


# Disks that fail


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


# Races


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


def checksum_of(path):
    return hashlib.sha1(path.read_bytes()).hexdigest()


# Kills


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


# Contexts


def context_folder(home):
    return home / "config/nats/context"


def context_right(result, home, name, port):
    path = context_folder(home) / f"{name}.json"
    assert result["nats_context"] == {"name": name, "path": str(path)}
    assert stat.filemode(path.stat().st_mode) == "-rw-------"
    context = json.loads(path.read_text())
    assert set(context) == {"description", "url", "creds"} and all(isinstance(value, str) for value in context.values())
    assert (context["url"], context["creds"]) == (port.url, result["saved"]["path"])
    assert context["description"]
    saved_right(result)


def test_a_context_has_its_secret_beside_it(bridge, home, port):
    result = bridge.result(CREATE, {"name": "app", "nats_context": "app"})
    context_right(result, home, "app", port)
    assert result["saved"]["path"] == str(context_folder(home) / "app.creds")
    assert files_below(home / "config") == ["nats", "nats/context", "nats/context/app.creds", "nats/context/app.json"]
    account = bridge.result("accounts.list")["nats_accounts"][0]
    assert json.loads((context_folder(home) / "app.json").read_text())["url"] == account["endpoint"]


def test_a_context_may_have_its_secret_elsewhere(bridge, home, folder, port):
    result = save(bridge, "mine.creds", nats_context="app")
    context_right(result, home, "app", port)
    assert result["saved"]["path"] == str(folder / "mine.creds") and os.listdir(context_folder(home)) == ["app.json"]


def test_a_context_of_a_credential_with_a_hostile_name_is_still_json(bridge, home, port):
    name = 'x"}\\ \N{PARTY POPPER} \u2028</script>'
    result = bridge.result(CREATE, {"name": name, "nats_context": "app"})
    context_right(result, home, "app", port)


GOOD_CONTEXTS = ["a", "A-Z_0.9", "-", "_", "-rf", "a..b", "a.json", "x" * 100]
BAD_CONTEXTS = ["", ".", "..", ".hidden", "a/b", "../a", "/a", "a b", "a\n", "a\0", "é", "x" * 101, "a\\b", "~", "*", None, 1, [], True]


@pytest.mark.parametrize("name", GOOD_CONTEXTS, ids=lambda name: name[:10])
def test_names_of_contexts(bridge, home, port, name):
    context_right(bridge.result(CREATE, {"name": "app", "nats_context": name}), home, name, port)


@pytest.mark.parametrize("name", BAD_CONTEXTS, ids=lambda name: ascii(name)[:10])
def test_what_is_no_name_of_a_context(bridge, home, name):
    error = bridge.error(CREATE, {"name": "app", "nats_context": name})
    assert (error["code"], error["data"]["outcome"], error["data"]["fields"][0]["name"]) == (-32602, "none", "nats_context")
    assert ids(bridge) == [] and not (home / "config").exists()


@pytest.mark.parametrize("config", ["", "relative/config"], ids=["unset", "relative"])
def test_without_a_folder_of_its_own_contexts_are_below_home(home, folder, port, config):
    with local(home, port, env={"XDG_CONFIG_HOME": config}, cwd=folder) as bridge:
        result = bridge.result(CREATE, {"name": "app", "nats_context": "app"})
    assert result["nats_context"]["path"] == str(home / ".config/nats/context/app.json")
    assert json.loads((home / ".config/nats/context/app.json").read_text())["creds"] == str(home / ".config/nats/context/app.creds")
    assert os.listdir(folder) == []


def test_without_any_home_there_is_no_place_for_a_context(home, folder, port):
    with local(home, port, env={"XDG_CONFIG_HOME": "", "HOME": ""}, cwd=folder) as bridge:
        for params in ({}, {"save_to": "app.creds"}):
            error = bridge.error(CREATE, {"name": "app", "nats_context": "app", **params})
            assert save_error(error) == ("no_folder", "none")
        assert ids(bridge) == [] and os.listdir(folder) == []


@pytest.mark.parametrize("there", ["app.json", "app.creds"])
def test_a_context_is_both_files_or_neither(bridge, home, port, there):
    context_folder(home).mkdir(parents=True)
    (context_folder(home) / there).write_text("mine")
    error = bridge.error(CREATE, {"name": "app", "nats_context": "app"})
    assert save_error(error) == ("exists", "none")
    assert os.listdir(context_folder(home)) == [there] and holds(context_folder(home) / there, "mine")
    assert ids(bridge) == []
    context_right(bridge.result(CREATE, {"name": "app", "nats_context": "app", "overwrite": True}), home, "app", port)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("make", IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_a_context_replaces_and_follows_nothing_but_files(bridge, home, make, overwrite):
    context_folder(home).mkdir(parents=True)
    make(context_folder(home) / "app.json")
    before = files_below(home / "config")
    error = bridge.error(CREATE, {"name": "app", "nats_context": "app", "overwrite": overwrite})
    assert save_error(error) == ("not_a_file", "none")
    assert files_below(home / "config") == before and ids(bridge) == []


def test_a_context_whose_secret_cannot_be_saved_is_not_written(bridge, home):
    assert refused(bridge, "missing/app.creds", nats_context="app") == ("no_folder", "none")
    assert not (context_folder(home) / "app.json").exists()


def test_one_file_cannot_be_both_context_and_secret(bridge, home):
    context_folder(home).mkdir(parents=True)
    assert refused(bridge, context_folder(home) / "app.json", nats_context="app", overwrite=True)[1] == "none"
    assert os.listdir(context_folder(home)) == []


def test_a_file_where_the_folder_of_contexts_should_be(bridge, home):
    (home / "config").mkdir()
    (home / "config/nats").write_text("mine")
    assert save_error(bridge.error(CREATE, {"name": "app", "nats_context": "app"}))[1] == "none"
    assert holds(home / "config/nats", "mine") and ids(bridge) == []


@pytest.mark.parametrize("old", [False, True], ids=["new", "overwriting"])
@pytest.mark.parametrize("number", [1, 2])
def test_if_one_of_both_cannot_be_given_its_name_neither_is(home, port, number, old):
    context_folder(home).mkdir(parents=True)
    files = {"app.creds": "old secret", "app.json": "old context"} if old else {}
    for name, text in files.items():
        (context_folder(home) / name).write_text(text)
    kind = RENAMES if old else "linkat"
    log = home / "log"
    with traced(home, kind, f"error=EIO:when={number}", "--nats-url", port.url, log=log, path=context_folder(home)) as bridge:
        error = bridge.error(CREATE, {"name": "app", "nats_context": "app", "overwrite": old})
        assert save_error(error) == ("io", "none") and ids(bridge) == []
        bridge.end()
    assert was_injected(log)
    left = sorted(os.listdir(context_folder(home)))
    assert left == sorted(files)
    assert all(holds(context_folder(home) / name, text) for name, text in files.items()), "the old file is lost"


# When even the undo fails


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
