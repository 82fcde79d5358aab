"""`save_to`: a secret is in a file that is whole and its owner's alone, or the credential does not exist."""

import os
import stat

import pytest

from bridge import PROGRAM, Bridge
from issued import CREATE, claims, create, holds, ids, local, parts, save_error, saved_right
from process_tools import files_below, make_store, state_folder
from saving import IN_THE_WAY, refused, save

# What is written.


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


# Where it is written.

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


# What is there already.


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
