"""`nats_context`: the context of the command line `nats`, beside the file of the secret."""

import json
import os
import stat

import pytest

from issued import CREATE, holds, ids, local, save_error, saved_right
from process_tools import files_below
from saving import IN_THE_WAY, RENAMES, refused, save
from traced import traced, was_injected


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
