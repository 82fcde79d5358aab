"""Streams that nobody reads, of long rows and of many."""

import fcntl
import json
import signal
import subprocess

import pytest

from bridge import LIMIT, PROGRAM, clean_environment
from large_store import fill_store
from local_streams import MIB, local, make, stream, streamed
from process_tools import most_memory, read_until, request, wait_until_asleep
from streaming import ORDERS, ask, rows_of


# Long rows.


@pytest.fixture(scope="module")
def long_home(tmp_path_factory):
    """100 credentials with the longest names there are on the wire; a row of them has more than 6,000 bytes."""
    home = tmp_path_factory.mktemp("long")
    with local(home) as bridge:
        make(bridge, "credentials.create", [f"{n:03}" + "\U0001f600" * 497 for n in range(100)])
    return home


LINE = 60 << 10
LONG_ID = "i" * ((16 << 10) - 2)


@pytest.mark.parametrize("id", ["s", LONG_ID], ids=["a short id", "the longest id"])
@pytest.mark.parametrize("order", ["created_at_asc", "name_asc"])
def test_the_lines_of_a_page_with_long_rows_stay_short(long_home, order, id):
    lines, found = [], []
    with local(long_home) as bridge:
        bridge.send(ask("credentials.stream", {"order_by": order}, id))
        while not lines or b'"$/progress"' in lines[-1]:
            lines.append(bridge.line())
    *parts, answer = [json.loads(line) for line in lines]
    assert answer["result"]["pages"] == 1 and answer["result"]["items"] == 100
    for part in parts:
        found += part["params"]["value"]["nats_credentials"]
    assert len(found) == len({row["id"] for row in found}) == 100
    cursors = [part["params"]["value"]["cursor"] for part in parts]
    assert set(cursors[:-1]) == {None} and cursors[-1] and len(parts) > 10
    assert max(len(line) for line in lines) + 1 < LINE


@pytest.mark.parametrize("order", ORDERS)
def test_a_cursor_behind_the_longest_name_is_good(long_home, order):
    """Every cursor that is handed out is taken back, and its form is what the schema says."""
    with local(long_home) as bridge:
        everything, _ = stream(bridge, order_by=order)
        rows, sums = stream(bridge, order_by=order, page_size=10, max_pages=1)
        assert len(sums["cursor"]) <= 16384
        rest, sums = stream(bridge, cursor=sums["cursor"])
        assert rows + rest == everything and sums["complete"]


# Readers that do not read.


def stalled(bridge, method="credentials.stream", **params):
    """A stream whose first page is more than the pipe takes and lies there unread."""
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
    bridge.send(ask(method, params))
    wait_until_asleep(bridge.process.pid)


@pytest.fixture
def twenty(home):
    """20 credentials, by their age."""
    with local(home) as bridge:
        return [row["id"] for row in make(bridge, "credentials.create", [f"{n:02}" + "n" * 400 for n in range(20)])]


def test_no_page_is_asked_for_before_the_last_one_is_written(home, twenty):
    """What another process changes meanwhile is seen from the second page on, and the first is as it was."""
    with local(home) as bridge, local(home) as other:
        stalled(bridge, page_size=10)
        for id in twenty[4], twenty[14]:
            assert other.result("credentials.delete", {"nats_credentials_id": id})["deleted"]
        made = [other.result("credentials.create", {"name": "late"})["id"] for _ in range(5)]
        rows, parts, answer, _ = streamed(bridge)
        assert [row["id"] for row in rows] == [id for id in twenty if id != twenty[14]] + made
        assert parts[0]["total_count"] == 20 and parts[-1]["total_count"] == answer["result"]["total_count"] == 23
        assert answer["result"]["complete"] and answer["result"]["moved"] is False


def test_others_are_answered_between_the_pages_of_a_stream_that_nobody_reads(home, twenty):
    with local(home) as bridge, local(home) as other:
        stalled(bridge, page_size=10)
        bridge.send(ask("bridge.ping", id="p"), ask("credentials.create", {"name": "made"}, "c"), ask("accounts.list", id="l"))
        wait_until_asleep(bridge.process.pid)
        assert other.result("credentials.list", {"page_size": 1})["total_count"] == 21, "a mutation waits for no stream"
        rows, parts, answer, others = streamed(bridge)
        assert [message["id"] for message in others][0] == "p" and {message["id"] for message in others} == {"p", "c", "l"}
        assert all("result" in message for message in others)
        assert [row["id"] for row in rows][:20] == twenty and len(rows) == 21


def test_a_list_that_is_emptied_meanwhile_ends_the_stream(home, twenty):
    with local(home) as bridge, local(home) as other:
        stalled(bridge, page_size=10)
        account = other.result("accounts.list")["nats_accounts"][0]["id"]
        assert other.result("accounts.delete", {"nats_account_id": account})["deleted"]
        rows, _, answer, _ = streamed(bridge)
        assert [row["id"] for row in rows] == twenty[:10]
        assert answer["result"]["complete"] and answer["result"]["total_count"] == 0


def test_rows_that_are_renamed_meanwhile_come_at_their_new_place(home):
    """By the time of change, an account that is changed before it was sent comes once, at the end."""
    with local(home) as bridge, local(home) as other:
        accounts = [row["id"] for row in make(bridge, "accounts.create", ["n" * 64] * 40)]
        stalled(bridge, "accounts.stream", page_size=20, order_by="updated_at_asc")
        other.result("accounts.update", {"nats_account_id": accounts[30], "name": "renamed"})
        rows, _, answer, _ = streamed(bridge)
        assert [row["id"] for row in rows] == [id for id in accounts if id != accounts[30]] + [accounts[30]]
        assert rows[-1]["name"] == "renamed" and answer["result"]["items"] == 40


@pytest.mark.parametrize("order", ORDERS)
def test_deleting_each_row_as_it_comes_deletes_all(home, twenty, order):
    with local(home) as bridge:
        bridge.send(ask("credentials.stream", {"page_size": 3, "order_by": order}))
        rows, deleted, answer = [], [], None
        while answer is None or len(deleted) < len(rows):
            message = bridge.message()
            if message.get("method") == "$/progress":
                for row in rows_of(message["params"]["value"]):
                    rows.append(row["id"])
                    bridge.send(ask("credentials.delete", {"nats_credentials_id": row["id"]}, row["id"]))
            elif message["id"] == "s":
                answer = message
            else:
                assert message["result"]["deleted"]
                deleted.append(message["id"])
        assert sorted(rows) == sorted(deleted) == sorted(twenty) and answer["result"]["complete"]
        assert bridge.result("credentials.list")["total_count"] == 0


def test_making_a_row_for_each_that_comes_ends_with_max_pages(home, twenty):
    """A list that grows as fast as it is read has no end, and `max_pages` gives it one."""
    with local(home) as bridge:
        rows, sums = stream(bridge, page_size=2, max_pages=5)
        for _ in range(20):
            make(bridge, "credentials.create", ["more"] * 4)
            more, sums = stream(bridge, cursor=sums["cursor"], max_pages=2)
            assert len(more) == 4 and not sums["complete"]
            rows += more
        assert len({row["id"] for row in rows}) == len(rows) == 90


# Many rows.

MANY = 20_000


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    home = tmp_path_factory.mktemp("many")
    with local(home) as bridge:
        account = bridge.result("accounts.create", {"name": "full"})
        assert bridge.end()[0] == 0
    fill_store(home / "state" / "nats-credentials-bridge" / "store.db", account["id"], account["project_id"], MANY)
    return home


@pytest.mark.measures("memory")
def test_64_streams_that_nobody_reads_hold_a_page_each(many):
    """All rows of them together were 450 MiB."""
    with local(many) as bridge:
        stream(bridge, max_pages=2)
        before = most_memory(bridge)
        bridge.send(*[ask("credentials.stream", id=n) for n in range(64)], ask("bridge.ping", id="p"))
        wait_until_asleep(bridge.process.pid)
        assert most_memory(bridge) - before < 16 * MIB
        read_until(bridge.process.stdout.fileno(), b'"id":"p","result":{}}\n')
        wait_until_asleep(bridge.process.pid)
        assert most_memory(bridge) - before < 16 * MIB


@pytest.mark.parametrize("count", [1, 64])
def test_a_reader_that_goes_away_in_the_middle_ends_it_quietly(many, count):
    with local(many) as bridge:
        bridge.send(*[ask("credentials.stream", id=n) for n in range(count)])
        assert bridge.message()["params"]["value"]["seq"] == 1
        bridge.process.stdout.close()
        assert bridge.process.wait(LIMIT) == 0
        assert bridge.process.stderr.read() == b""


def test_head_takes_a_few_parts_of_many(many):
    (many / "line").write_bytes(request("credentials.stream", id=1))
    script = '"$1" --region local < line | head -n 3 | cut -c -70; echo "${PIPESTATUS[*]}"'
    command = ["bash", "-c", script, "bash", PROGRAM]
    result = subprocess.run(command, env=clean_environment(many), cwd=many, capture_output=True, timeout=LIMIT)
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 4 and all(line.startswith('{"jsonrpc":"2.0","method":"$/progress"') for line in lines[:3])
    assert (lines[3], result.stderr) == ("0 0 0", b"")


def test_at_the_end_of_input_a_stream_comes_to_its_end(many):
    with local(many) as bridge:
        fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        bridge.send(ask("credentials.stream", {"max_pages": 50}))
        bridge.process.stdin.close()
        rows, _, answer, _ = streamed(bridge)
        assert len(rows) == 5000 and not answer["result"]["complete"]
        assert bridge.line() is None and bridge.process.wait(LIMIT) == 0


def test_a_signal_ends_a_stream_with_what_was_sent_and_a_new_process_goes_on(many):
    with local(many) as bridge:
        bridge.send(ask("credentials.stream"))
        first = bridge.message()["params"]["value"]
        bridge.process.send_signal(signal.SIGTERM)
        rows, last, answer = rows_of(first), first, None
        while (message := bridge.message()) is not None:
            if "method" in message:
                last = message["params"]["value"]
                rows += rows_of(last)
            else:
                assert answer is None
                answer = message
        assert bridge.process.wait(LIMIT) == 0
    data = answer["error"]["data"]
    assert (answer["error"]["code"], data["kind"], data["outcome"]) == (1503, "shutting_down", "none")
    assert data["items_sent"] == len(rows) and data["cursor"] == last["cursor"]
    with local(many) as bridge:
        more, _ = stream(bridge, cursor=data["cursor"], max_pages=1)
        assert more[0]["name"] == f"credential {len(rows)}"


def test_a_killed_stream_goes_on_from_its_last_part(many):
    with local(many) as bridge:
        bridge.send(ask("credentials.stream", {"page_size": 10, "order_by": "created_at_desc"}))
        parts = [bridge.message()["params"]["value"] for _ in range(7)]
        bridge.process.kill()
        bridge.process.wait(LIMIT)
    rows = [row for part in parts for row in rows_of(part)]
    with local(many) as bridge:
        more, sums = stream(bridge, cursor=parts[-1]["cursor"], max_pages=3)
        assert [row["name"] for row in rows + more] == [f"credential {MANY - 1 - n}" for n in range(100)]
