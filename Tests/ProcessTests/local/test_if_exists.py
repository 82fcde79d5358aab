"""if_exists: the name as the caller's key. `replace` takes the old credential away only when the new one is safe in its file."""

import threading

import pytest
from replacing import make, replace

from bridge import masked
from issued import CREATE, create, holds, ids, local, rows, save_error, saved_right, stored_ids, until
from process_tools import held_store
from traced import traced, was_injected

OF_REPLACE = {"replaced", "not_deleted"}


@pytest.fixture
def bridge(home, port):
    with local(home, port, cwd=home) as running:
        yield running


def refused_by_the_gate(bridge, params, field):
    error = bridge.error(CREATE, params)
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (-32602, "invalid_params", "none")
    assert [problem["name"] for problem in error["data"]["fields"]] == [field]
    assert ids(bridge) == []


def conflict(error, kind):
    """The ids that stand in the way."""
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"], error["data"]["retryable"]) == (1409, kind, "none", False)
    return sorted(error["data"]["candidates"])


IN_FILES = {"file": {"save_to": "app.creds"}, "context": {"nats_context": "app"}, "both": {"save_to": "app.creds", "nats_context": "app"}}
every_file = pytest.mark.parametrize("saved", IN_FILES.values(), ids=IN_FILES)
every_way = pytest.mark.parametrize("saved", [{}, *IN_FILES.values()], ids=["answer", *IN_FILES])


# The gate.


@pytest.mark.parametrize("value", ["Allow", "FAIL", "", "ignore", "replace ", None, True, 1, [], {}, ["fail"]], ids=repr)
def test_other_words_are_refused(bridge, value):
    refused_by_the_gate(bridge, {"name": "app", "save_to": "app.creds", "if_exists": value}, "if_exists")


@pytest.mark.parametrize("word", ["fail", "replace"])
@every_way
def test_a_name_is_needed(bridge, home, word, saved):
    refused_by_the_gate(bridge, {"if_exists": word, **saved}, "name")
    assert not (home / "app.creds").exists()


def test_replace_needs_a_file(bridge):
    refused_by_the_gate(bridge, {"name": "app", "if_exists": "replace"}, "if_exists")


# allow and fail.


@pytest.mark.parametrize("word", [{}, {"if_exists": "allow"}], ids=["absent", "allow"])
@every_way
def test_allow_makes_another(bridge, word, saved):
    first = make(bridge)
    second = make(bridge, **word, **saved)
    assert sorted(ids(bridge)) == sorted([first["id"], second["id"]])
    assert not OF_REPLACE & set(second)


@every_way
def test_fail_makes_one_where_none_is(bridge, saved):
    other = make(bridge, "other")
    made = make(bridge, if_exists="fail", **saved)
    assert ids(bridge) == [other["id"], made["id"]] and not OF_REPLACE & set(made)


@pytest.mark.parametrize("count", [1, 3])
@every_way
def test_fail_refuses_where_one_is_and_names_all(bridge, home, saved, count):
    old = sorted(make(bridge)["id"] for _ in range(count))
    assert conflict(bridge.error(CREATE, {"name": "app", "if_exists": "fail", **saved}), "already_exists") == old
    assert sorted(ids(bridge)) == old
    assert list(home.rglob("*.creds")) == [] and list(home.glob("config/nats/context/*")) == []


def test_fail_says_first_that_a_file_is_there(bridge, home):
    """Files are looked at before anything is asked."""
    make(bridge)
    (home / "app.creds").write_text("mine")
    assert save_error(bridge.error(CREATE, {"name": "app", "if_exists": "fail", "save_to": "app.creds"})) == ("exists", "none")


OTHER_NAMES = ["App", "app ", "ap", "appp", "\u00e5pp", "a\u030app", "%", "_pp", "*", "app\N{ZERO WIDTH SPACE}"]


@pytest.mark.parametrize("word", ["fail", "replace"])
def test_names_are_equal_only_to_the_letter(bridge, word):
    """Also where they look alike or are the same in another form of Unicode; nor is a name a pattern."""
    made = [make(bridge)["id"]]
    for number, name in enumerate(OTHER_NAMES):
        saved = {"save_to": f"{number}.creds"} if word == "replace" else {}
        result = make(bridge, name, if_exists=word, **saved)
        assert result.get("replaced", []) == []
        made.append(result["id"])
    assert ids(bridge) == made


@pytest.mark.parametrize("word", ["fail", "replace"])
def test_another_accounts_credential_is_in_nobodys_way(bridge, word):
    one, other = (bridge.result("accounts.create", {"name": name})["id"] for name in ("one", "other"))
    first = make(bridge, nats_account_id=one)
    saved = {"save_to": "app.creds"} if word == "replace" else {}
    second = make(bridge, nats_account_id=other, if_exists=word, **saved)
    assert second.get("replaced", []) == [] and ids(bridge) == [first["id"], second["id"]]


@pytest.mark.parametrize("word", ["fail", "replace"])
def test_a_deleted_one_is_in_nobodys_way(bridge, word):
    old = make(bridge)["id"]
    bridge.result("credentials.delete", {"nats_credentials_id": old})
    new = make(bridge, if_exists=word, save_to="app.creds")
    assert new.get("replaced", []) == [] and ids(bridge) == [new["id"]]


def test_fail_makes_a_create_safe_to_repeat(bridge):
    bridge.send(*[create(id=number, name="app", if_exists="fail") for number in range(10)])
    answers = [bridge.message() for _ in range(10)]
    [made] = [answer["result"]["id"] for answer in answers if "result" in answer]
    assert all(conflict(answer["error"], "already_exists") == [made] for answer in answers if "error" in answer)
    assert ids(bridge) == [made]


# replace.


@every_file
def test_replace_makes_one_where_none_is(bridge, saved):
    other = make(bridge, "other")
    result = make(bridge, if_exists="replace", **saved)
    saved_right(result)
    assert result["replaced"] == [] and "not_deleted" not in result
    assert ids(bridge) == [other["id"], result["id"]]


@every_file
def test_replace_takes_the_old_one_away(bridge, saved):
    old, other = make(bridge), make(bridge, "other")
    result = make(bridge, if_exists="replace", **saved)
    saved_right(result)
    assert result["replaced"] == [old["id"]] and "not_deleted" not in result
    assert ids(bridge) == [other["id"], result["id"]]
    assert bridge.error("credentials.get", {"nats_credentials_id": old["id"]})["code"] == 1404


@every_file
def test_replace_again_and_again_leaves_one_and_its_file(bridge, home, saved):
    before = []
    for _ in range(5):
        result = make(bridge, if_exists="replace", overwrite=True, **saved)
        saved_right(result)
        assert result["replaced"] == before
        before = [result["id"]]
    assert ids(bridge) == before and len(list(home.rglob("*.creds"))) == 1


@pytest.mark.parametrize("count", [2, 5])
@every_file
def test_replace_does_nothing_where_several_are(bridge, home, saved, count):
    old = sorted(make(bridge)["id"] for _ in range(count))
    assert conflict(bridge.error(CREATE, {"name": "app", "if_exists": "replace", "overwrite": True, **saved}), "conflict") == old
    assert sorted(ids(bridge)) == old
    assert list(home.rglob("*.creds")) == [] and list(home.glob("config/nats/context/*")) == []


def test_replace_does_nothing_where_the_file_is_there(bridge, home):
    old = make(bridge)
    (home / "app.creds").write_text("mine")
    assert save_error(bridge.error(CREATE, {"name": "app", "if_exists": "replace", "save_to": "app.creds"})) == ("exists", "none")
    assert ids(bridge) == [old["id"]] and holds(home / "app.creds", "mine")


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_save_that_fails_keeps_the_old_one(home, port, overwrite):
    """Committed, and then not saved: the new one is undone, the old one and its file are as they were."""
    with local(home, port, cwd=home) as bridge:
        old = make(bridge, save_to="app.creds")
    kind = "?renameat,?renameat2" if overwrite else "linkat"
    path = home / ("app.creds" if overwrite else "new.creds")
    with traced(home, kind, "error=EIO:when=1", "--nats-url", port.url, log=home / "log") as bridge:
        params = {"name": "app", "if_exists": "replace", "save_to": str(path), "overwrite": overwrite}
        assert save_error(bridge.error(CREATE, params)) == ("io", "none")
        assert ids(bridge) == [old["id"]]
        bridge.end()
    assert was_injected(home / "log")
    saved_right(old)
    assert rows(home, "SELECT count(*) FROM revocations") == [(1,)]
    assert not (home / "new.creds").exists()


def test_the_new_file_is_durable_before_the_old_one_goes(home, port):
    """In the order of the system calls: the file, its name and its folder are synced before the log of the store is written again."""
    with local(home, port, cwd=home) as bridge:
        make(bridge)
    (home / "dir").mkdir()
    log = home / "strace.log"
    kinds = "fsync,fdatasync,linkat,pwrite64"
    with traced(home, kinds, "delay_enter=1:when=1", "--nats-url", port.url, "--log-level", "error", log=log) as bridge:
        assert len(replace(bridge, path=home / "dir/app.creds")["replaced"]) == 1
        bridge.end()
    calls = [line.split(maxsplit=1)[1] for line in log.read_text().splitlines()]
    calls = [call for call in calls if "resumed>" not in call and not call.startswith(("---", "+++"))]
    [named] = [place for place, call in enumerate(calls) if call.startswith("linkat")]
    folder_synced = next(place for place, call in enumerate(calls) if place > named and call.startswith("fsync"))
    commits_before = sum(call.startswith("fdatasync") for call in calls[:named])
    assert any(call.startswith("fsync") for call in calls[:named])
    between = [call for call in calls[named:folder_synced] if call.startswith(("fdatasync", "pwrite64"))]
    assert commits_before >= 1 and between == []
    assert any(call.startswith("fdatasync") for call in calls[folder_synced:])


@pytest.mark.parametrize("kind", ["linkat", "fsync", "unlinkat", "openat"])
def test_a_kill_at_any_step_leaves_a_credential_whose_secret_is_held(home, port, kind):
    """Steps in the folder of the target. Either the old one is still there, or the new one is there and its file whole."""
    folder = home / "dir"
    folder.mkdir()
    for number in range(1, 20):
        with local(home, port) as bridge:
            for id in ids(bridge):
                bridge.result("credentials.delete", {"nats_credentials_id": id})
            old = make(bridge)["id"]
        for path in folder.iterdir():
            path.unlink()
        with traced(home, kind, f"signal=KILL:when={number}", "--nats-url", port.url, path=folder) as bridge:
            bridge.send(create(name="app", if_exists="replace", save_to=str(folder / "app.creds")))
            answer = bridge.message()
        with local(home, port) as bridge:
            left = bridge.result("credentials.list")["nats_credentials"]
        if answer is not None:
            assert number > 1 and answer["result"]["replaced"] == [old] and [row["id"] for row in left] == [answer["result"]["id"]]
            saved_right(answer["result"])
            return
        # What had no answer never took the old one away: that comes last, and its steps are elsewhere.
        assert old in [row["id"] for row in left] and len(left) <= 2
    raise AssertionError("the run never lived to its end")


def test_replace_by_several_processes_at_once_leaves_one(home, port):
    with local(home, port) as bridge:
        old = make(bridge)["id"]
    gate, answers = threading.Barrier(4), []

    def work(number):
        with local(home, port) as bridge:
            bridge.result("bridge.ping")
            gate.wait(20)
            for _ in range(5):
                params = {"name": "app", "if_exists": "replace", "save_to": str(home / f"{number}.creds"), "overwrite": True}
                answers.append(bridge.call(CREATE, params))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 20
    made = {answer["result"]["id"]: answer["result"] for answer in answers if "result" in answer}
    for answer in answers:
        assert "result" in answer or len(conflict(answer["error"], "conflict")) == 2, masked(answer)
    assert [id for result in made.values() for id in result.get("not_deleted", [])] == []
    replaced = [id for result in made.values() for id in result["replaced"]]
    # Whoever makes one sees exactly one before it, and until that is gone the others are refused.
    assert sorted(replaced) == sorted({old, *made} - set(stored_ids(home))) and len(replaced) == len(made)
    [left] = stored_ids(home)
    saved_right(made[left])


def test_an_old_one_that_somebody_else_deletes_meanwhile_counts_as_replaced(home, port):
    """The save is held up for 4 s, in which another process deletes the old one."""
    with local(home, port) as bridge:
        old = make(bridge)["id"]
    with traced(home, "linkat", "delay_enter=4000000:when=1", "--nats-url", port.url) as slow, local(home, port) as other:
        slow.send(create(name="app", if_exists="replace", save_to=str(home / "app.creds")))
        until(lambda: len(stored_ids(home)) == 2)
        assert other.result("credentials.delete", {"nats_credentials_id": old})["deleted"] is True
        result = slow.message()["result"]
        assert result["replaced"] == [old] and "not_deleted" not in result
        assert ids(other) == [result["id"]]


def test_a_cancel_after_the_commit_keeps_the_new_one(home, port):
    """The old one is deleted or named as not deleted, as the answer says."""
    with local(home, port) as bridge:
        old = make(bridge)["id"]
    with traced(home, "linkat", "delay_enter=2000000:when=1", "--nats-url", port.url) as bridge:
        bridge.send(create(name="app", if_exists="replace", save_to=str(home / "app.creds")))
        until(lambda: len(stored_ids(home)) == 2)
        bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})
        result = bridge.message()["result"]
        saved_right(result)
        assert result["replaced"] + result.get("not_deleted", []) == [old]
        left = [result["id"]] if result["replaced"] else [old, result["id"]]
        assert ids(bridge) == left


def test_an_old_one_that_cannot_be_deleted_is_named(home, port):
    """Somebody holds the store when the new file is safe; takes the 10 s that it is waited for, and 4 s in which the save is held up."""
    with local(home, port) as bridge:
        old = make(bridge)["id"]
    with traced(home, "linkat", "delay_enter=4000000:when=1", "--nats-url", port.url) as bridge:
        bridge.send(create(name="app", if_exists="replace", save_to=str(home / "app.creds")))
        [new] = until(lambda: [id for id in stored_ids(home) if id != old])
        with held_store(home):
            result = bridge.message(limit=25)["result"]
        saved_right(result)
        assert (result["id"], result["replaced"], result["not_deleted"]) == (new, [], [old])
        assert ids(bridge) == [old, new]
