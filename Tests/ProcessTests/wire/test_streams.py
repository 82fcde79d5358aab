"""Streams: parts and their sums, cursors and who may use them, rows that come and go meanwhile, readers that do not read, early ends."""

import fcntl
import json
import random
import signal
import subprocess

import pytest

from bridge import LIMIT, PROGRAM, Bridge, clean_environment, masked
from large_store import fill_store
from process_tools import most_memory, read_until, request, wait_until_asleep
from streaming import LISTS, ORDERS, ask, every_list, opened, refusal, rows_of, tampered

OWN_PROJECT = "00000000-0000-0000-0000-000000000000"
OTHER_PROJECT = OWN_PROJECT.replace("0", "1")
NAMES = [
    "a", "B", "b", "same", "same", "same", "Z", "10", "9", " ", '"\\', "a b", "\u00e9", "e\u0301", "\u00df", "\U0001f600", "\uffff",
    "\u2028",
]  # fmt: skip
MIB = 1 << 20


def local(home, **more):
    return Bridge(home, "--region", "local", "--nats-url", "nats://127.0.0.1:1", **more)


def streamed(bridge, id="s"):
    """The rows of a stream that was asked for, its parts and its answer; everything that must hold of any stream holds."""
    parts, others = [], []
    while True:
        message = bridge.message()
        assert message is not None, "the bridge ended"
        if message.get("method") == "$/progress":
            assert message["params"]["token"] == id
            parts.append(message["params"]["value"])
        elif message["id"] == id:
            break
        else:
            others.append(message)
    rows = [row for part in parts for row in rows_of(part)]
    assert [part["seq"] for part in parts] == list(range(1, len(parts) + 1))
    assert {part["kind"] for part in parts} <= {"page"} and all(rows_of(part) for part in parts)
    assert len({row["id"] for row in rows}) == len(rows), "a row came twice"
    if "result" in message:
        assert message["result"]["items"] == len(rows) and message["result"]["region"] == "local"
        assert message["result"]["pages"] == sum(part["cursor"] is not None for part in parts)
    return rows, parts, message, others


def stream(bridge, method="credentials.stream", **params):
    """The rows and the sums of a whole stream."""
    bridge.send(ask(method, params))
    rows, _, answer, _ = streamed(bridge)
    assert "result" in answer, masked(answer)
    return rows, answer["result"]


def listed(bridge, what, **params):
    """All rows by pages of a list."""
    rows, page = [], 1
    while page:
        result = bridge.result(f"{what}.list", {"page": page, "page_size": 100, **params})
        rows += result[LISTS[what]]
        page = result["next_page"]
    return rows


def make(bridge, method, names, **params):
    """So many at once; gives them in their order."""
    made = []
    for start in range(0, len(names), 100):
        bridge.send([json.loads(ask(method, {**params, "name": name}, n)) for n, name in enumerate(names[start : start + 100])])
        made += [answer["result"] for answer in sorted(bridge.message(), key=lambda answer: answer["id"])]
    return made


class World:
    """Accounts with names of all sorts, one of them renamed, and two with credentials: 237 and 13."""

    def __init__(self, home):
        self.home = home
        with local(home) as bridge:
            accounts = make(bridge, "accounts.create", NAMES * 2)
            self.large, self.small = (account["id"] for account in accounts[:2])
            make(bridge, "credentials.create", (NAMES * 14)[:237], nats_account_id=self.large)
            make(bridge, "credentials.create", NAMES[:13], nats_account_id=self.small)
            bridge.result("accounts.update", {"nats_account_id": self.large, "name": "renamed"})
            assert bridge.end()[0] == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def reader(world):
    with local(world.home) as bridge:
        yield bridge


# What comes, and in which order.


@every_list
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("page_size", [1, 7, None])
def test_a_stream_has_the_rows_of_the_list_in_its_order(reader, what, order, page_size):
    size = {} if page_size is None else {"page_size": page_size}
    rows, sums = stream(reader, f"{what}.stream", order_by=order, **size)
    expected = listed(reader, what, order_by=order)
    assert rows == expected and len(rows) == (250 if what == "credentials" else 36)
    assert sums == {
        "pages": -(-len(rows) // (page_size or 100)), "items": len(rows), "total_count": len(rows), "complete": True, "moved": False,
        "cursor": None, "region": "local",
    }  # fmt: skip


@every_list
@pytest.mark.parametrize("key", ["created_at", "updated_at", "name"])
def test_orders_are_by_their_key_and_the_two_directions_are_opposite(reader, what, key):
    there, _ = stream(reader, f"{what}.stream", order_by=f"{key}_asc")
    back, _ = stream(reader, f"{what}.stream", order_by=f"{key}_desc")
    values = [row[key].encode() for row in there]
    assert values == sorted(values) and back == there[::-1]


@every_list
def test_the_usual_order_is_the_oldest_first(reader, what):
    assert stream(reader, f"{what}.stream")[0] == stream(reader, f"{what}.stream", order_by="created_at_asc")[0]


def test_filters_choose_rows_and_count_them(reader, world):
    everything, _ = stream(reader)
    for filters, count in [
        ({"nats_account_id": world.large}, 237), ({"nats_account_id": world.small}, 13), ({"project_id": OWN_PROJECT}, 250),
        ({"nats_account_id": world.small, "project_id": OWN_PROJECT}, 13),
        ({"nats_account_id": world.small, "project_id": OTHER_PROJECT}, 0), ({"project_id": OTHER_PROJECT}, 0),
        ({"nats_account_id": "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"}, 0),
    ]:  # fmt: skip
        for order in ORDERS:
            rows, sums = stream(reader, page_size=10, order_by=order, **filters)
            assert (len(rows), sums["total_count"], sums["complete"]) == (count, count, True), filters
        wanted = filters.get("nats_account_id")
        expected = [row for row in everything if row["nats_account_id"] == (wanted or row["nats_account_id"])]
        assert not rows or {row["id"] for row in rows} == {row["id"] for row in expected}
    assert len(stream(reader, "accounts.stream", project_id=OWN_PROJECT)[0]) == 36
    assert stream(reader, "accounts.stream", project_id=OTHER_PROJECT)[0] == []


@every_list
def test_an_empty_list_has_no_part(home, what):
    with local(home) as bridge:
        for params in {}, {"max_pages": 1}, {"page_size": 1}:
            bridge.send(ask(f"{what}.stream", params))
            assert bridge.message()["result"] == {
                "pages": 0, "items": 0, "total_count": 0, "complete": True, "moved": False, "cursor": None, "region": "local",
            }  # fmt: skip


def test_a_list_that_fills_its_last_page_ends_there(reader, world):
    for size in 1, 13:
        reader.send(ask("credentials.stream", {"nats_account_id": world.small, "page_size": size}))
        rows, parts, answer, _ = streamed(reader)
        assert len(rows) == 13 and len(parts) == 13 // size == answer["result"]["pages"]
        assert [len(rows_of(part)) for part in parts] == [size] * len(parts)
        assert {part["total_count"] for part in parts} == {13}
        assert stream(reader, cursor=parts[-1]["cursor"])[1]["complete"]


def test_no_row_of_a_stream_has_a_secret(reader):
    rows, _ = stream(reader)
    assert {json.dumps(row["credentials"]) for row in rows} == {"null"} and {row["state"] for row in rows} == {"active"}


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


# Going on.


@every_list
@pytest.mark.parametrize("order", ORDERS)
def test_windows_put_together_are_the_whole(world, what, order):
    """In one process, and in a new one each."""
    size = 40 if what == "credentials" else 7
    with local(world.home) as bridge:
        everything, _ = stream(bridge, f"{what}.stream", order_by=order)
        rows, sums = stream(bridge, f"{what}.stream", order_by=order, page_size=size, max_pages=2)
        begun = list(rows), sums
        while not sums["complete"]:
            assert sums["pages"] == 2 and sums["cursor"]
            more, sums = stream(bridge, f"{what}.stream", cursor=sums["cursor"], max_pages=2)
            rows += more
        assert rows == everything and sums["cursor"] is None
    rows, sums = begun
    while not sums["complete"]:
        with local(world.home) as bridge:
            more, sums = stream(bridge, f"{what}.stream", cursor=sums["cursor"], max_pages=3)
            rows += more
    assert rows == everything


def test_a_cursor_keeps_size_and_filters_and_these_may_be_said_again(reader, world):
    asked = {"nats_account_id": world.large, "order_by": "name_desc", "project_id": OWN_PROJECT}
    everything, _ = stream(reader, **asked)
    first, sums = stream(reader, **asked, page_size=30, max_pages=1)
    for again in {}, asked, {"order_by": "name_desc"}, {"page_size": 30}, {"region": "local"}:
        reader.send(ask("credentials.stream", {"cursor": sums["cursor"], **again}))
        rows, parts, answer, _ = streamed(reader)
        assert first + rows == everything and len(rows_of(parts[0])) == 30 and answer["result"]["total_count"] == 237
    assert stream(reader, cursor=sums["cursor"], page_size=7, max_pages=1)[0] == everything[30:37]


@every_list
def test_the_usual_order_may_be_said_aloud(reader, what):
    """It is the same list, whether its order is named at first, later or never."""
    everything, _ = stream(reader, f"{what}.stream")
    for first, later in [({}, {"order_by": "created_at_asc"}), ({"order_by": "created_at_asc"}, {})]:
        cursor = stream(reader, f"{what}.stream", page_size=10, max_pages=1, **first)[1]["cursor"]
        assert stream(reader, f"{what}.stream", cursor=cursor, **later)[0] == everything[10:]


def test_the_cursor_of_every_part_goes_on_right_there(reader):
    reader.send(ask("credentials.stream", {"page_size": 25}))
    everything, parts, *_ = streamed(reader)
    for number, part in enumerate(parts, 1):
        assert stream(reader, cursor=part["cursor"])[0] == everything[25 * number :]


def test_max_pages_beyond_the_end_changes_nothing(reader):
    for pages in 10, 1_000_000_000:
        rows, sums = stream(reader, page_size=25, max_pages=pages)
        assert len(rows) == 250 and sums["complete"] and sums["cursor"] is None and sums["pages"] == 10
    rows, sums = stream(reader, page_size=25, max_pages=9)
    assert len(rows) == 225 and not sums["complete"] and sums["total_count"] == 250


def test_a_cursor_of_another_list_is_refused(reader, world):
    """Another method, region, filter or order."""
    def cursor(method="credentials.stream", **params):
        return stream(reader, method, page_size=1, max_pages=1, **params)[1]["cursor"]

    for method, foreign in [("credentials.stream", cursor("accounts.stream")), ("accounts.stream", cursor())]:
        assert refusal(reader, method, cursor=foreign)["name"] == "cursor"
    for kept, asked in [
        ({"nats_account_id": world.large}, {"nats_account_id": world.small}), ({}, {"nats_account_id": world.small}),
        ({"project_id": OWN_PROJECT}, {"project_id": OTHER_PROJECT}), ({}, {"project_id": OWN_PROJECT}),
        ({"order_by": "name_asc"}, {"order_by": "name_desc"}), ({"order_by": "name_asc"}, {"order_by": "created_at_asc"}),
    ]:  # fmt: skip
        field = refusal(reader, cursor=cursor(**kept), **asked)
        assert field["name"] == "cursor" and list(asked)[0] in field["reason"]


def test_a_cursor_of_another_region_is_refused(reader, home):
    cursor = tampered(stream(reader, page_size=1, max_pages=1)[1]["cursor"], region="fr-par")
    field = refusal(reader, cursor=cursor)
    assert field["name"] == "cursor" and "region" in field["reason"]


@every_list
@pytest.mark.parametrize("order", ["created_at_asc", "name_asc"])
def test_a_cursor_that_was_tampered_with_is_refused(reader, what, order):
    cursor = stream(reader, f"{what}.stream", page_size=10, max_pages=1, order_by=order)[1]["cursor"]
    at = opened(cursor)["at"]
    other = "1.x" if order == "name_asc" else "-61.x"
    for bad in [
        cursor[:-1], cursor[:-2], cursor[2:], cursor + "0", cursor + "00", cursor * 2, cursor[::-1], cursor.upper() + "g", "0" * 8192,
        *[tampered(cursor, **{name: None}) for name in ("v", "rows", "region", "query", "size", "at")],
        *[tampered(cursor, size=size) for size in (0, -1, 101, 1.5, "10", 10**30, [])],
        *[tampered(cursor, v=version) for version in (0, 2, "1", [])], *[tampered(cursor, rows=rows) for rows in ("", "x", 1, [])],
        *[tampered(cursor, at=place) for place in ("", "x", ".", at + ".x", "." + at, at.split(".")[0], 1, [], other)],
        *[tampered(cursor, at=place) for place in ("-zz.x", "-ff.x", "-6.x")],
        *[tampered(cursor, query=query) for query in ([], "", 1, {"order_by": "upside_down"}, {"order_by": 1}, {"nats_account_id": "x"},
                                                      {"project_id": "../x"}, {"order_by": None})],
    ]:  # fmt: skip
        assert refusal(reader, f"{what}.stream", cursor=bad)["name"] == "cursor", bad[:80]
    assert reader.result("bridge.ping") == {}


def test_a_cursor_that_is_too_long_is_refused(reader):
    cursor = stream(reader, page_size=1, max_pages=1)[1]["cursor"]
    for bad in [cursor + "0" * (8193 - len(cursor)), "ab" * 5000, "a" * MIB]:
        assert refusal(reader, cursor=bad)["name"] == "cursor"


def test_a_cursor_with_any_character_changed_is_refused_or_good(reader):
    """It has no seal: who changes a place in it gets another place of the same list, and never anything else."""
    chance = random.Random(5)
    cursor = stream(reader, page_size=1, max_pages=1)[1]["cursor"]
    everything = {row["id"] for row in stream(reader)[0]}
    kinds = set()
    for place in range(len(cursor)):
        changed = cursor[:place] + chance.choice("0123456789abcdef".replace(cursor[place], "")) + cursor[place + 1 :]
        reader.send(ask("credentials.stream", {"cursor": changed, "max_pages": 3}))
        rows, _, answer, _ = streamed(reader)
        kinds.add(answer["error"]["code"] if "error" in answer else "rows")
        assert {row["id"] for row in rows} <= everything
    assert kinds <= {-32602, "rows"} and -32602 in kinds


# Tokens.

TOKENS = [b'"s"', b'""', b"1", b"1.0", b"-0", b"1e2", b"9" * 40, rb'"\u0041\/"', rb'"\ud83d\ude00"', b'"null"', b'" "', rb'"\u0000"']


def test_tokens_are_the_bytes_of_the_id(reader):
    for token in TOKENS:
        reader.send(b'{"jsonrpc":"2.0","id":' + token + b',"method":"accounts.stream","params":{"page_size":20}}')
        begin = b'{"jsonrpc":"2.0","method":"$/progress","params":{"token":' + token + b',"value":{"kind":"page","seq":'
        for number in b"1", b"2":
            assert reader.line().startswith(begin + number + b","), token
        assert reader.line().startswith(b'{"jsonrpc":"2.0","id":' + token + b',"result":{')


def test_a_stream_without_a_token_is_refused_or_silent(reader):
    reader.send(ask("credentials.stream", id=None), b'{"jsonrpc":"2.0","method":"credentials.stream"}')
    error = reader.message()["error"]
    assert (error["code"], error["data"]["kind"]) == (-32602, "invalid_params")
    reader.send([json.loads(ask("credentials.stream")), json.loads(ask("bridge.ping", id="p"))])
    assert {answer["id"]: answer.get("error", {}).get("code") for answer in reader.message()} == {"s": -32602, "p": None}
    assert reader.end() == (0, b"", b"")


def test_streams_side_by_side_each_have_all_their_parts_in_order(reader):
    """Under one id at a time, too: the second of that name is refused and the first goes on."""
    asked = {f"{what} {order}": (f"{what}.stream", order) for what in LISTS for order in ORDERS}
    reader.send(*[ask(method, {"order_by": order, "page_size": 9}, id) for id, (method, order) in asked.items()])
    parts, sums = {id: [] for id in asked}, {}
    while len(sums) < len(asked):
        message = reader.message()
        if "method" in message:
            assert message["params"]["token"] not in sums, "a part came after its answer"
            parts[message["params"]["token"]].append(message["params"]["value"])
        else:
            sums[message["id"]] = message["result"]
    for id, (method, order) in asked.items():
        assert [part["seq"] for part in parts[id]] == list(range(1, sums[id]["pages"] + 1))
        assert [row for part in parts[id] for row in rows_of(part)] == listed(reader, method.split(".")[0], order_by=order)


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
