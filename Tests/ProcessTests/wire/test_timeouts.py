"""`timeout_ms`: a request that is late is answered once and truthfully, its id is free, and the next line is served. Changes wait 2 s for a server
that says nothing, and one 18 s for a disk."""

import contextlib
import fcntl
import select

import pytest

from bridge import Bridge, masked
from cancelling import (
    ACCOUNT, CANCELLED, LATE, LOCAL, MUTATIONS, READS, ROUTED, UUID, Stage, ask, kind, serves_on_and_says_no_more,
    unchanged,
)  # fmt: skip
from issued import until
from messages import answers, cancel
from process_tools import held_store, make_store, state_folder, wait_until_asleep
from traced import traced
from traffic import schema

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
