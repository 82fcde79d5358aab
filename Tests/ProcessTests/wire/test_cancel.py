"""`$/cancelRequest` and `timeout_ms`: a request that is ended early is answered once and truthfully, its id is free, and the next line is
served. All of it takes 50 s: changes wait 2 s for a server that says nothing, and one 18 s for a disk."""

import contextlib
import datetime
import fcntl
import json
import select
import signal
import sqlite3
import time

import pytest

from bridge import LIMIT, Bridge, masked
from nats_server import NATSServer
from process_tools import held_store, make_store, request, state_folder, wait_until_asleep
from traced import traced
from traffic import METHODS, schema

LOCAL = {"region": "local"}
ACCOUNT = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
UUID = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
CANCELLED, LATE = (-32800, "cancelled", "none"), (1408, "timeout", "none")
ROUTED = sorted(method for method in METHODS if not method.startswith(("bridge.", "rpc.")))
READS = [method for method in ROUTED if schema(method)["x-effect"] == "read"]
MUTATIONS = [method for method in ROUTED if schema(method)["x-effect"] == "mutation"]


def cancel(id):
    return {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}}


def ask(method, params=None, id=1):
    return request(method, params, id)[:-1]


def kind(answer):
    """The code, the kind and the outcome of an error."""
    assert "error" in answer, masked(answer)
    return answer["error"]["code"], answer["error"]["data"]["kind"], answer["error"]["data"]["outcome"]


def answers(bridge, count):
    """So many final answers, by id; parts of streams are passed over."""
    found = {}
    while len(found) < count:
        message = bridge.message()
        assert message is not None, "the bridge ended"
        if "method" not in message:
            assert message["id"] not in found, "answered twice"
            found[message["id"]] = message
    return found


def serves_on_and_says_no_more(bridge, *ids):
    """The ids are free, the next line is served, and nothing comes beyond that."""
    for id in [*ids, "next"]:
        assert bridge.call("bridge.ping", id=id)["result"] == {}
    assert bridge.end() == (0, b"", b"")


class Stage:
    """A home with an account that has a credential, and what each method is asked for there."""

    def __init__(self, home):
        self.home = home
        with Bridge(home, "--region", "local") as bridge:
            self.account = bridge.result("accounts.create", {"name": "before"})["id"]
            self.credential = bridge.result("credentials.create", {"name": "before"})["id"]
            assert bridge.end()[0] == 0

    def params(self, method, **more):
        params = {"region": "local", **more}
        if method in ("accounts.get", "accounts.update", "accounts.delete", "credentials.revoke"):
            params["nats_account_id"] = self.account
        if method in ("credentials.get", "credentials.delete"):
            params["nats_credentials_id"] = self.credential
        if method in ("accounts.create", "accounts.update", "credentials.create"):
            params["name"] = "after"
        if method == "credentials.revoke":
            params["issued_before"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if method == "credentials.create":
            params |= {"save_to": str(self.home / "app.creds"), "nats_context": "app"}
        return params

    def ask(self, method, id, **more):
        return ask(method, self.params(method, **more), id)

    def rows(self):
        """Everything a new process sees, and the files that came with it."""
        with Bridge(self.home, "--region", "local") as bridge:
            accounts = bridge.result("accounts.list")["nats_accounts"]
            credentials = bridge.result("credentials.list")["nats_credentials"]
        files = [str(path) for path in self.home.rglob("*") if path.is_file() and state_folder(self.home) not in path.parents]
        return accounts, credentials, files


@pytest.fixture
def stage(home):
    return Stage(home)


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


def unchanged(after, before):
    """The renaming to the same name that stood in the way is the only trace."""
    accounts = [{**row, "updated_at": None} for row in after[0]]
    return (accounts, *after[1:]) == ([{**row, "updated_at": None} for row in before[0]], *before[1:])


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


def until(condition):
    """Looks again and again, with a limit."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, "it never comes to that"
        select.select([], [], [], 0.01)


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


# The time a request has.


NO_TIME = ["0", "-1", "600001", "1.5", "0.999", "1e6", "1e400", "-1e400", "1e-3", "9" * 40, '"1000"', '""', "null", "true", "[1000]", "{}"]
TIMES = ["1", "600000", "1000.0", "1e3", "6E+5", "300000e-1", "100.0e1"]


@pytest.mark.parametrize("method", ROUTED)
def test_a_time_out_of_bounds_is_refused_and_nothing_is_done(bridge, home, method):
    needed = {"nats_account_id": ACCOUNT, "nats_credentials_id": UUID, "name": "n"}
    params = {"region": "local", **{name: needed[name] for name in schema(method)["properties"]["params"].get("required", [])}}
    for value in NO_TIME:
        bridge.send(ask(method, {**params, "timeout_ms": 7777}, "t").replace(b"7777", value.encode()))
        answer = bridge.message()
        assert answer["id"] == "t" and kind(answer) == (-32602, "invalid_params", "none"), value
        [field] = answer["error"]["data"]["fields"]
        assert field["name"] == "timeout_ms" and "600" in field["expected"]
    assert not (home / "state").exists()
    serves_on_and_says_no_more(bridge, "t")


@pytest.mark.parametrize("value", TIMES)
def test_a_time_may_be_written_as_any_whole_number(bridge, value):
    bridge.send(ask("accounts.list", {**LOCAL, "timeout_ms": 7777}, "t").replace(b"7777", value.encode()))
    answer = bridge.message()
    assert "result" in answer or (value == "1" and kind(answer) == LATE)
    serves_on_and_says_no_more(bridge, "t")


def is_late(answer, milliseconds):
    assert kind(answer) == LATE, masked(answer)
    assert answer["error"]["data"]["retryable"] is True and str(milliseconds) in answer["error"]["message"]
    return True


@pytest.mark.parametrize("method", ["accounts.list", "accounts.create"])
def test_what_is_late_says_after_how_long(stage, method):
    with held_store(stage.home, against_readers=True), Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "x", timeout_ms=100))
        assert 100 <= answers(bridge, 1)["x"]["error"]["data"]["elapsed_ms"] < 15_000


@pytest.mark.parametrize("method", READS)
def test_a_read_under_way_runs_out_of_time(stage, method):
    with held_store(stage.home, against_readers=True) as release, Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "r", timeout_ms=100))
        assert is_late(answers(bridge, 1)["r"], 100)
        bridge.send(cancel("r"))
        release()
        assert "result" in bridge.call(method, stage.params(method), id="r")
        serves_on_and_says_no_more(bridge, "r")


@pytest.mark.parametrize("method", MUTATIONS)
def test_a_mutation_runs_out_of_time_and_has_not_happened(stage, method):
    before = stage.rows()
    with held_store(stage.home) as release, Bridge(stage.home) as bridge:
        bridge.send(stage.ask(method, "m", timeout_ms=100))
        assert is_late(answers(bridge, 1)["m"], 100)
        bridge.send(cancel("m"))
        release()
        serves_on_and_says_no_more(bridge, "m")
    assert stage.rows() == before


@pytest.mark.parametrize("method", [method for method in ROUTED if not method.endswith("stream")])
def test_the_time_covers_waiting(stage, method):
    before = stage.rows()
    with held_store(stage.home) as release, Bridge(stage.home) as bridge:
        bridge.send(ask("accounts.update", {**LOCAL, "nats_account_id": stage.account, "name": "before"}, "first"))
        bridge.send(stage.ask(method, "w", timeout_ms=100))
        assert is_late(answers(bridge, 1)["w"], 100)
        bridge.send(cancel("w"))
        release()
        assert "result" in answers(bridge, 1)["first"]
        serves_on_and_says_no_more(bridge, "w")
    assert unchanged(stage.rows(), before)


def test_each_request_has_a_time_of_its_own(held):
    bridge, release = held
    times = [700, 100, 500, 300, 600_000]
    bridge.send(ask("accounts.create", LOCAL, "first"), *[ask("accounts.list", {**LOCAL, "timeout_ms": ms}, ms) for ms in times])
    for milliseconds in [100, 300, 500, 700]:
        answer = bridge.message()
        assert answer["id"] == milliseconds and is_late(answer, milliseconds)
    release()
    assert all("result" in answer for answer in answers(bridge, 2).values())
    serves_on_and_says_no_more(bridge, *times)


def test_what_is_cancelled_in_time_is_never_late_and_the_other_way_round(held):
    bridge, release = held
    for id in range(20):
        bridge.send(ask("accounts.create", {**LOCAL, "timeout_ms": 20}, id), ask("accounts.list", {**LOCAL, "timeout_ms": 20}, f"r{id}"))
        select.select([bridge.process.stdout], [], [], id / 500)
        bridge.send(cancel(id), cancel(f"r{id}"))
        assert {kind(answer) for answer in answers(bridge, 2).values()} <= {CANCELLED, LATE}
    release()
    serves_on_and_says_no_more(bridge, *range(20))


def time_passes(home, milliseconds):
    """Another bridge waits for so long, by its own clock."""
    make_store(home)
    with held_store(home), Bridge(home) as clock:
        assert is_late(clock.call("accounts.create", {**LOCAL, "timeout_ms": milliseconds}), milliseconds)


def test_the_time_of_a_stream_begins_with_its_first_page(held, tmp_path_factory):
    bridge, release = held
    bridge.send(ask("accounts.create", LOCAL, "first"), ask("accounts.stream", {**LOCAL, "timeout_ms": 200}, "s"))
    time_passes(tmp_path_factory.mktemp("clock"), 1000)
    bridge.send(ask("bridge.ping", id="p"))
    assert bridge.message()["id"] == "p"
    release()
    found = answers(bridge, 2)
    assert found["s"]["result"]["items"] == 1
    serves_on_and_says_no_more(bridge, "s")


def small_pipe(bridge):
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, 4096)


@pytest.fixture
def rows(home):
    """40 credentials whose rows fill a small pipe several times."""
    with Bridge(home, "--region", "local") as bridge:
        bridge.send(b"[" + b",".join(ask("credentials.create", {"name": f"{n:02}" + "n" * 300}, n) for n in range(40)) + b"]")
        return [answer["result"]["id"] for answer in bridge.message()]


def test_a_stream_that_nobody_reads_has_all_the_time(home, rows, tmp_path_factory):
    """Each page has its own time, and none of it passes while the page waits for a reader."""
    with Bridge(home) as bridge:
        small_pipe(bridge)
        bridge.send(ask("credentials.stream", {**LOCAL, "page_size": 10, "timeout_ms": 400}, "s"))
        wait_until_asleep(bridge.process.pid)
        time_passes(tmp_path_factory.mktemp("clock"), 1500)
        ids, answer = streamed(bridge)
        assert answer["result"]["complete"] and ids == rows
        serves_on_and_says_no_more(bridge, "s")


def streamed(bridge):
    """The ids that came by parts, and the answer; the parts are numbered without a gap."""
    ids, seq = [], 0
    while True:
        message = bridge.message()
        if "method" not in message:
            return ids, message
        seq += 1
        assert message["params"]["value"]["seq"] == seq
        ids += [row["id"] for row in message["params"]["value"]["nats_credentials"]]


def test_a_stream_is_cancelled_in_the_middle_and_goes_on_from_its_cursor(home, rows):
    with Bridge(home) as bridge:
        small_pipe(bridge)
        bridge.send(ask("credentials.stream", {**LOCAL, "page_size": 10}, "s"))
        wait_until_asleep(bridge.process.pid)
        bridge.send(cancel("s"), cancel("s"))
        wait_until_asleep(bridge.process.pid)
        ids, answer = streamed(bridge)
        assert kind(answer) == CANCELLED and ids == rows[:10]
        data = answer["error"]["data"]
        assert data["items_sent"] == 10
        serves_on_and_says_no_more(bridge, "s")
    with Bridge(home) as bridge:
        bridge.send(ask("credentials.stream", {**LOCAL, "cursor": data["cursor"]}, "s"))
        ids, answer = streamed(bridge)
        assert ids == rows[10:] and answer["result"]["items"] == 30


def test_the_clock_stands_still_while_waiting_output_stops_everything(home, tmp_path_factory):
    """2 MiB lie unread, so what came after them does not start, and cannot come too late; a cancel acts all the same."""
    make_store(home)
    with Bridge(home) as bridge:
        bridge.send(*[ask("rpc.discover", id=n) for n in range(100)])
        for method in ["accounts.list", "accounts.create", "credentials.stream"]:
            bridge.send(ask(method, {**LOCAL, "timeout_ms": 1000}, method))
        bridge.send(ask("bridge.ping", id="p"), ask("accounts.create", LOCAL, "m"), ask("bridge.ping", id="q"), cancel("p"), cancel("m"))
        wait_until_asleep(bridge.process.pid)
        time_passes(tmp_path_factory.mktemp("clock"), 1500)
        found = answers(bridge, 100 + 3 + 3)
        assert kind(found["p"]) == kind(found["m"]) == CANCELLED and found["q"]["result"] == {}
        assert found["accounts.list"]["result"]["total_count"] == 0 and "result" in found["accounts.create"]
        assert found["credentials.stream"]["result"]["complete"]
        serves_on_and_says_no_more(bridge, "p", "m")


STUCK = "delay_enter=18s:when=1"


def test_a_disk_that_does_not_come_to_an_end_leaves_the_outcome_unknown(tmp_path_factory):
    """The answer comes within 15 s more all the same, and once the disk is well again everything goes on."""
    homes = {way: tmp_path_factory.mktemp("home") for way in ("cancelled", "timed out")}
    with contextlib.ExitStack() as stack:
        bridges = {way: stack.enter_context(stuck_in_a_create(home, way)) for way, home in homes.items()}
        for way, expected in {"cancelled": (-32800, "cancelled", "unknown"), "timed out": (1408, "timeout", "unknown")}.items():
            answer = answers(bridges[way], 1)["m"]
            assert kind(answer) == expected and answer["error"]["data"]["retryable"] is False
        for way, bridge in bridges.items():
            assert "result" in bridge.call("credentials.create", {"name": "m"}, id="m")
            names = [row["name"] for row in bridge.result("credentials.list")["nats_credentials"]]
            assert names in (["before", "m"], ["before", "after", "m"]), way
            assert bridge.end()[0] == 0


@contextlib.contextmanager
def stuck_in_a_create(home, way):
    """A bridge whose disk, once it has the change, takes 18 s to say so."""
    Stage(home)
    log = state_folder(home) / "store.db-wal"
    with traced(home, "fdatasync", STUCK, "--nats-url", "nats://127.0.0.1:1") as bridge:
        bridge.result("credentials.list")
        before = log.stat()
        bridge.send(ask("credentials.create", {"name": "after", "timeout_ms": 600_000 if way == "cancelled" else 1000}, "m"))
        until(lambda: log.stat().st_mtime_ns != before.st_mtime_ns)
        if way == "cancelled":
            bridge.send(cancel("m"))
        yield bridge
