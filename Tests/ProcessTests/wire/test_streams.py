"""Streams: parts and their sums, cursors and who may use them, rows that come and go meanwhile, early ends."""

import json
import random

import pytest

from local_streams import MIB, OTHER_PROJECT, OWN_PROJECT, listed, local, stream, streamed
from streaming import LISTS, ORDERS, ask, every_list, opened, refusal, rows_of, tampered

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
