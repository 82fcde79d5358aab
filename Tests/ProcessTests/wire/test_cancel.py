"""`$/cancelRequest`: a request that is cancelled is answered once and truthfully, its id is free, and the next line is served."""

import contextlib
import json
import signal
import sqlite3

import pytest

from bridge import LIMIT, Bridge, masked
from cancelling import (
    ACCOUNT, CANCELLED, LOCAL, MUTATIONS, READS, ROUTED, ask, kind, serves_on_and_says_no_more, unchanged,
)  # fmt: skip
from issued import until
from messages import answers, cancel
from nats_server import NATSServer
from process_tools import held_store, state_folder

# Cancelling: what waits, what reads, what changes.


@pytest.mark.parametrize("method", ROUTED)
def test_what_waits_is_cancelled_at_once_and_never_happens(stage, method):
    before = stage.rows()
    with held_store(stage.home) as release, Bridge(stage.home) as bridge:
        bridge.send(ask("accounts.update", {**LOCAL, "nats_account_id": stage.account, "name": "before"}, "first"))
        bridge.send(stage.ask(method, "w"), cancel("w"))
        answer = bridge.message()
        assert answer["id"] == "w" and kind(answer) == CANCELLED and answer["error"]["data"]["retryable"] is False
        bridge.send(ask("accounts.list", LOCAL, "w"), cancel("w"), ask("bridge.ping", id="p"))
        assert kind(bridge.message()) == CANCELLED and bridge.message()["id"] == "p"
        release()
        assert "result" in answers(bridge, 1)["first"]
        serves_on_and_says_no_more(bridge, "first", "w")
    assert unchanged(stage.rows(), before)


@pytest.mark.parametrize("method", READS)
def test_a_read_under_way_is_cancelled_at_once(stage, method):
    with held_store(stage.home, against_readers=True) as release, Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "r"), ask("bridge.ping", id="p"))
        assert bridge.message()["id"] == "p"
        bridge.send(cancel("r"))
        answer = bridge.message()
        assert answer["id"] == "r" and kind(answer) == CANCELLED
        assert bridge.call("bridge.ping", id="r")["result"] == {}
        release()
        assert "result" in bridge.call(method, stage.params(method), id="r")
        serves_on_and_says_no_more(bridge, "r")


@pytest.mark.parametrize("method", MUTATIONS)
def test_a_mutation_that_has_not_begun_is_cancelled_with_outcome_none(stage, method):
    before = stage.rows()
    with held_store(stage.home) as release, Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "m"), ask("bridge.ping", id="p"))
        assert bridge.message()["id"] == "p"
        bridge.send(cancel("m"))
        answer = bridge.message()
        assert answer["id"] == "m" and kind(answer) == CANCELLED
        release()
        serves_on_and_says_no_more(bridge, "m")
    assert stage.rows() == before


@pytest.mark.parametrize("method", MUTATIONS)
def test_a_mutation_behind_one_that_is_cancelled_runs(stage, method):
    with held_store(stage.home) as release, Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "m"), ask("accounts.create", {**LOCAL, "name": "behind"}, "behind"), cancel("m"))
        assert kind(bridge.message()) == CANCELLED
        release()
        assert answers(bridge, 1)["behind"]["result"]["name"] == "behind"
        serves_on_and_says_no_more(bridge)
    assert [row["name"] for row in stage.rows()[0]] == ["before", "behind"]


@pytest.fixture
def deaf(home, port):
    """A bridge whose changes are committed and then wait for a real nats-server that has been stopped, and the stage it plays on."""
    environment = {"NATS_URL": port.url}
    with Bridge(home, "--region", "local", env=environment) as bridge:
        bridge.result("accounts.create", {"name": "default"})
        server = NATSServer(state_folder(home) / "nats-server.conf", port)
        with server:
            account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
            credential = bridge.result("credentials.create", {"name": "before"})["id"]
            server.process.send_signal(signal.SIGSTOP)
            try:
                yield bridge, account, credential
            finally:
                server.process.send_signal(signal.SIGCONT)


def stored(home, sql):
    """One number out of the store, past the bridge."""
    with contextlib.closing(sqlite3.connect(state_folder(home) / "store.db", timeout=LIMIT)) as store:
        return store.execute(sql).fetchone()[0]


def ended_after_its_commit(bridge, home, way, method, params, sql):
    """Sends a change that is committed and then waits for the server, ends it early, and gives its answer."""
    before = stored(home, sql)
    bridge.send(ask(method, params if way == "cancelled" else {**params, "timeout_ms": 1000}, "m"))
    until(lambda: stored(home, sql) != before)
    if way == "cancelled":
        bridge.send(cancel("m"), cancel("m"))
    return answers(bridge, 1)["m"]


early = pytest.mark.parametrize("way", ["cancelled", "timed out"])
RENAMED = "SELECT count(*) FROM accounts WHERE name = 'after'"
CLOSING = "SELECT count(*) FROM accounts WHERE closing_iat IS NOT NULL"
REVOKING = "SELECT count(*) FROM credentials WHERE state = 'revoking'"


@early
@pytest.mark.parametrize("method", ["accounts.create", "accounts.update"])
def test_a_change_that_is_done_already_answers_with_its_result(deaf, home, way, method):
    bridge, account, _ = deaf
    params = {"name": "after", **({"nats_account_id": account} if method == "accounts.update" else {})}
    answer = ended_after_its_commit(bridge, home, way, method, params, RENAMED)
    assert "result" in answer, masked(answer)
    assert answer["result"]["name"] == "after"
    serves_on_and_says_no_more(bridge, "m")
    assert stored(home, RENAMED) == 1


@early
@pytest.mark.parametrize("method", ["accounts.delete", "credentials.delete"])
def test_a_deletion_that_is_recorded_already_says_so(deaf, home, way, method):
    """What the server has not heard of is 1504 in any case; that it was cancelled or late does not hide that it was done."""
    bridge, account, credential = deaf
    params = {"nats_account_id": account} if method == "accounts.delete" else {"nats_credentials_id": credential}
    answer = ended_after_its_commit(bridge, home, way, method, params, CLOSING if method == "accounts.delete" else REVOKING)
    assert kind(answer) == (1504, "revocation_pending", "done")
    serves_on_and_says_no_more(bridge, "m")


# Which cancels mean something.


def test_a_cancel_that_names_nobody_is_forgotten(held):
    """Not even a request of that id which comes later is ended by it."""
    bridge, release = held
    bridge.send(cancel("m"), cancel(7), ask("accounts.create", LOCAL, "m"), ask("accounts.create", LOCAL, 7), ask("bridge.ping", id="p"))
    assert bridge.message()["id"] == "p"
    release()
    assert all("result" in answer for answer in answers(bridge, 2).values())
    serves_on_and_says_no_more(bridge)


def test_a_cancel_of_what_was_answered_already_is_forgotten(bridge):
    ids = ["done", "refused", "unknown", 1]
    bridge.send(ask("accounts.list", LOCAL, "done"), ask("accounts.list", {"page": 0}, "refused"))
    bridge.send(ask("no.such", id="unknown"), ask("bridge.ping"))
    answers(bridge, 4)
    bridge.send(*[cancel(id) for id in ids] * 3)
    serves_on_and_says_no_more(bridge, *ids)


def test_a_second_cancel_changes_nothing(held):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "m"), ask("accounts.list", LOCAL, "w"))
    bridge.send(*[cancel(id) for id in ["w", "m", "m", "w"] * 5])
    assert {id: kind(answer) for id, answer in answers(bridge, 2).items()} == {"w": CANCELLED, "m": CANCELLED}
    release()
    serves_on_and_says_no_more(bridge, "m", "w")


MALFORMED = [
    b"", b',"params":{}', b',"params":[]', b',"params":["m"]', b',"params":[{"id":"m"}]', b',"params":{"ID":"m"}', b',"params":{"id":null}',
    b',"params":{"id":["m"]}', b',"params":{"id":{"id":"m"}}', b',"params":{"id":true}', b',"params":{"id":"m","id":"m"}',
    b',"params":{"id":"m","id":"x"}', b',"params":{"id":"\\ud800"}', b',"params":{"token":"m"}',
    b',"params":{"id":"' + b"m" * 20_000 + b'"}',
    b',"params":{"id":' + b"[" * 100 + b"]" * 100 + b"}", b',"id_":"m"',
]  # fmt: skip


@pytest.mark.parametrize("params", MALFORMED, ids=lambda params: params[:40].decode() or "nothing")
def test_a_malformed_cancel_ends_nothing_and_draws_nothing(held, params):
    bridge, release = held
    line = b'{"jsonrpc":"2.0","method":"$/cancelRequest"' + params + b"}"
    bridge.send(ask("accounts.create", LOCAL, "m"), line, b"[" + line + b"]", ask("bridge.ping", id="p"))
    assert bridge.message()["id"] == "p"
    release()
    assert "result" in answers(bridge, 1)["m"]
    serves_on_and_says_no_more(bridge, "m")


@pytest.mark.parametrize("params", [b'"m"', b"null", b"1", b"false"])
def test_a_cancel_whose_params_are_no_structure_is_no_request_at_all(held, params):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "m"), b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":' + params + b"}")
    refused = bridge.message()
    assert refused["id"] is None and kind(refused) == (-32600, "invalid_request", "none")
    release()
    assert "result" in answers(bridge, 1)["m"]
    serves_on_and_says_no_more(bridge, "m")


def test_a_cancel_with_an_id_of_its_own_is_a_request_that_nobody_knows(held):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "m"), {**cancel("m"), "id": "c"})
    assert kind(answers(bridge, 1)["c"]) == (-32601, "method_not_found", "none")
    release()
    assert "result" in answers(bridge, 1)["m"]
    serves_on_and_says_no_more(bridge, "m", "c")


def test_a_number_and_a_string_are_two_requests_to_cancel(held):
    bridge, release = held
    bridge.send(*[ask("accounts.create", LOCAL, id) for id in (1, "1", "one")], cancel("1"))
    assert kind(answers(bridge, 1)["1"]) == CANCELLED
    bridge.send(b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1.0}}', ask("bridge.ping", id="p"))
    assert bridge.message()["id"] == "p"
    bridge.send(cancel(1))
    assert kind(answers(bridge, 1)[1]) == CANCELLED
    release()
    assert "result" in answers(bridge, 1)["one"]
    serves_on_and_says_no_more(bridge, 1, "1")


def test_the_name_of_a_cancel_and_its_members_may_be_written_with_escapes(held):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "m/"), rb'{"params":{"\u0069d":"\u006d\/"},"method":"\u0024\/cancelRequest","jsonrpc":"2.0"}')
    assert kind(bridge.message()) == CANCELLED
    release()
    serves_on_and_says_no_more(bridge, "m/")


def test_cancels_in_a_batch_end_lines_and_elements_that_came_before(held):
    """Not those that come after; a batch of nothing but cancels draws nothing."""
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "line"), [cancel("line"), cancel("later"), cancel("nobody")])
    assert kind(bridge.message()) == CANCELLED
    creates = [ask("accounts.create", LOCAL, id) for id in ("later", "m")]
    elements = [*creates, ask("accounts.list", LOCAL, "w"), ask("bridge.ping", id="p"), json.dumps(cancel("m")).encode()]
    bridge.send(b"[" + b",".join(elements) + b"]")
    bridge.send([cancel("w"), cancel("w")], ask("bridge.ping", id="q"))
    assert bridge.message()["id"] == "q"
    release()
    found = {answer["id"]: answer for answer in bridge.message()}
    assert kind(found["m"]) == kind(found["w"]) == CANCELLED and "result" in found["later"] and found["p"]["result"] == {}
    assert len(found) == 4
    serves_on_and_says_no_more(bridge, "later", "m", "w")


def test_an_id_is_free_again_each_time(held):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "in the way"))
    for method in ["accounts.create", "accounts.list", "credentials.stream"] * 50:
        bridge.send(ask(method, LOCAL, "same"), cancel("same"))
        answer = bridge.message()
        assert answer["id"] == "same" and kind(answer) == CANCELLED
    bridge.send(cancel("in the way"))
    assert kind(bridge.message()) == CANCELLED
    for method in ["accounts.create", "accounts.delete"] * 10:
        bridge.send(ask(method, {**LOCAL, **({} if method.endswith("create") else {"nats_account_id": ACCOUNT})}, "same"), cancel("same"))
        answer = bridge.message()
        assert answer["id"] == "same" and kind(answer) == CANCELLED
    release()
    serves_on_and_says_no_more(bridge, "same")
