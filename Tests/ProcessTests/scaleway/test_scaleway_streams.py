"""Lists and streams of Scaleway's regions. The API's facts, chapter 4.2: pages are numbers, rows shift under them, and neither the size that
was asked for nor the count is to be trusted."""

import fcntl
import itertools
import json
import os
import random
import select
import sys
import termios
import threading
from collections import Counter

import pytest

from bridge import LIMIT, Bridge, masked
from process_tools import call, read_some, wait_until_asleep
from scaleway import Scaleway, answer, delay, reshape, silence
from streaming import LISTS, ORDERS, ask, every_list, opened, refusal, rows_of, tampered

CREDENTIALS, ACCOUNTS = "credentials.stream", "accounts.stream"
LIST = "GET /nats-credentials$"
MIB = 1 << 20


class Service(Scaleway):
    """The stand-in with a clock of its own: no two rows are of the same microsecond, so that every order is one."""

    def __init__(self):
        super().__init__()
        self.clock = itertools.count(1_700_000_000_000_000_000, 1000).__next__

    def rows(self, count, what="credentials", name="row-{:05d}"):
        """That many rows of one account; their ids by age."""
        if what == "accounts":
            return [self.add_account(name.format(number))["id"] for number in range(count)]
        return self.add_many(self.account_id, count, name)

    @property
    def account_id(self):
        return next(iter(self.accounts), None) or self.add_account()["id"]

    def delete(self, ids):
        with self.changed:
            for id in ids:
                (self.credentials if id in self.credentials else self.accounts).pop(id)

    def at_request(self, number, change):
        """Does something when request `number` has come, and before it is looked at. As the walk asks for nothing ahead, the rows before it
        were sent by then."""
        self.on_request = lambda _: change() if len(self.requests) == number else None

    @property
    def lists(self):
        return [request for request in self.requests if request.method == "GET"]


@pytest.fixture
def service():
    with Service() as service:
        yield service


def streamed(bridge, id="s"):
    """The ids of the rows of a stream that was asked for, its parts and its answer; what must hold of any stream holds."""
    parts = []
    while (message := bridge.message()).get("method") == "$/progress":
        assert message["params"]["token"] == id
        parts.append(message["params"]["value"])
    assert message["id"] == id, masked(message)
    return ids_of(parts), parts, checked(parts, message)


def ids_of(parts):
    return [row["id"] for part in parts for row in rows_of(part)]


def checked(parts, message):
    """The answer of a stream: its sums are those of its parts."""
    ids = ids_of(parts)
    assert [part["seq"] for part in parts] == list(range(1, len(parts) + 1)) and all(rows_of(part) for part in parts)
    assert len(set(ids)) == len(ids), "a row came twice"
    if "result" in message:
        sums = message["result"]
        assert sums["items"] == len(ids) and sums["region"] == "fr-par"
        assert sums["pages"] == sum(part["cursor"] is not None for part in parts)
        assert sums["cursor"] is None or not sums["complete"] and sums["cursor"] == parts[-1]["cursor"]
    else:
        data = message["error"]["data"]
        assert data.get("items_sent", 0) == len(ids) and data.get("cursor") == (parts[-1]["cursor"] if parts else None)
    return message


def stream(bridge, method=CREDENTIALS, **params):
    """The ids of a whole stream, and its sums."""
    bridge.send(ask(method, params))
    ids, _, answer = streamed(bridge)
    assert "result" in answer, masked(answer)
    return ids, answer["result"]


def broken(bridge, method=CREDENTIALS, **params):
    """The ids of a stream that an error ends, and the error."""
    bridge.send(ask(method, params))
    ids, _, answer = streamed(bridge)
    assert "error" in answer, masked(answer)
    return ids, answer["error"]


def new_process(home, service, method=CREDENTIALS, **params):
    """A stream in a process of its own."""
    with Bridge(home, env=service.environment) as bridge:
        return stream(bridge, method, **params)


def ends_well(sums, count):
    return (sums["items"], sums["total_count"], sums["complete"], sums["moved"], sums["cursor"]) == (count, count, True, False, None)


# All rows, once, in order.

SIZES = [0, 1, 2, 99, 100, 101, 250, 1000]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An account for each number of credentials, with names in no order, and a bridge."""
    with Service() as service:
        for count in SIZES:
            account = service.add_account(f"of {count}")["id"]
            names = [f"n{number:04d}" for number in range(count)]
            random.Random(count).shuffle(names)
            for name in names:
                service.add_credentials(account, name, mint=False)
        with Bridge(tmp_path_factory.mktemp("world"), env=service.environment) as bridge:
            service.bridge, service.of = bridge, dict(zip(SIZES, service.accounts))
            yield service


def expected(service, order="created_at_asc", **filters):
    rows = [row for row in service.credentials.values() if filters.items() <= row.items()]
    field, _, way = order.rpartition("_")
    return [row["id"] for row in sorted(rows, key=lambda row: row[field], reverse=way == "desc")]


@pytest.mark.parametrize("page_size", [1, 2, 7, 50, 99, 100])
@pytest.mark.parametrize("count", SIZES)
def test_all_rows_come_once_and_in_order(world, count, page_size):
    before = len(world.requests)
    ids, sums = stream(world.bridge, nats_account_id=world.of[count], page_size=page_size)
    assert ids == expected(world, nats_account_id=world.of[count]) and ends_well(sums, count)
    # As many pages as were asked for, or a few more: what a page begins with was seen before.
    assert -(-count // page_size) <= sums["pages"] <= -(-count // page_size) + count // 50
    assert len(world.requests) - before == max(1, sums["pages"])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("page_size", [7, 100])
def test_every_order(world, order, page_size):
    for count in 101, 250:
        ids, sums = stream(world.bridge, nats_account_id=world.of[count], order_by=order, page_size=page_size)
        assert ids == expected(world, order, nats_account_id=world.of[count]) and ends_well(sums, count)
    assert {value for request in world.lists[-5:] for name, value in request.query if name == "order_by"} == {order}


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_of_accounts(service, bridge, order):
    service.rows(120, "accounts", "n{:02d}")
    for number, row in enumerate(service.accounts.values()):
        row.update(name=f"n{number * 7 % 120:03d}", updated_at=f"2024-01-01T00:00:00.{number * 11 % 120:06d}Z")
    field, _, way = order.rpartition("_")
    rows = sorted(service.accounts.values(), key=lambda row: row[field], reverse=way == "desc")
    ids, sums = stream(bridge, ACCOUNTS, order_by=order, page_size=25)
    assert ids == [row["id"] for row in rows] and ends_well(sums, 120)


def test_filters_go_to_the_service_on_every_page(service, bridge):
    mine, other = service.add_account()["id"], "11111111-2222-4333-8444-555555555555"
    theirs = service.add_account(project_id=other)["id"]
    rows = {id: service.add_many(id, 30) for id in (mine, theirs)}
    for filters, ids in [
        ({}, rows[mine] + rows[theirs]), ({"nats_account_id": mine}, rows[mine]), ({"project_id": other}, rows[theirs]),
        ({"project_id": service.project, "nats_account_id": mine}, rows[mine]), ({"project_id": other, "nats_account_id": mine}, []),
    ]:  # fmt: skip
        service.requests.clear()
        assert stream(bridge, page_size=7, **filters)[0] == ids
        for request in service.lists:
            assert {name: value for name, value in request.query if name not in ("page", "page_size", "order_by")} == filters
    assert stream(bridge, ACCOUNTS, project_id=other)[0] == [theirs]


def test_rows_of_another_region_are_another_list(service, bridge):
    here, there = service.rows(15), service.add_many(service.add_account(region="nl-ams")["id"], 12, region="nl-ams")
    assert stream(bridge, page_size=4)[0] == here
    bridge.send(ask(CREDENTIALS, {"page_size": 4, "region": "nl-ams"}))
    parts = [bridge.message()["params"]["value"] for _ in range(3)]
    assert ids_of(parts) == there and bridge.message()["result"]["region"] == "nl-ams"


def test_a_stream_is_one_request_after_the_other(service, bridge):
    service.rows(95)
    stream(bridge, page_size=10)
    assert service.most_in_flight == 1 and len(service.connections) == 1


# Pages that are shorter than was asked for.

CLAMPS = [20, 7, 6, 3, 2, 1]


@pytest.mark.parametrize("most", CLAMPS)
@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 20, 100])
def test_a_service_that_gives_fewer_rows_than_asked_for(service, bridge, most, page_size):
    """The Python SDK stops after the first page then, without a word."""
    rows, service.max_page_size = service.rows(61), most
    ids, sums = stream(bridge, page_size=page_size)
    assert ids == rows and ends_well(sums, 61)
    # A page may take a second request where pages are too short to be proved by one, and a few more show how short they are.
    assert len(service.requests) <= 2 * 61 + 5


@pytest.mark.parametrize("most", [20, 5, 1])
def test_accounts_of_a_service_that_gives_fewer_rows(service, bridge, most):
    rows, service.max_page_size = service.rows(43, "accounts"), most
    ids, sums = stream(bridge, ACCOUNTS)
    assert ids == rows and ends_well(sums, 43)


@pytest.mark.parametrize("page_size", [1, 7, 13, 19, 20])
def test_a_service_that_refuses_large_pages_gives_all_by_small_ones(service, bridge, page_size):
    """Nobody need know that the walk asks for more than its caller did."""
    rows, service.max_page_size, service.refuse_large_pages = service.rows(61), 20, True
    ids, sums = stream(bridge, page_size=page_size)
    assert ids == rows and ends_well(sums, 61)


def test_a_page_size_that_the_service_refuses_is_the_services_refusal(service, bridge):
    service.rows(61)
    service.max_page_size, service.refuse_large_pages = 20, True
    ids, error = broken(bridge, page_size=50)
    assert (ids, error["code"], error["data"]["source"]) == ([], -32602, "service")
    assert [field["name"] for field in error["data"]["fields"]] == ["page_size"] and len(service.requests) == 1


def test_a_service_that_begins_to_give_fewer_rows(service, bridge):
    """All of them, or it says that there may be more."""
    for before, after in [(100, 20), (100, 7), (20, 3)]:
        service.credentials.clear()
        service.requests.clear()
        service.max_page_size = before
        rows = service.rows(90)
        service.at_request(3, lambda after=after: setattr(service, "max_page_size", after))
        ids, sums = stream(bridge, page_size=20)
        assert ids == rows[: len(ids)] and len(ids) >= 40
        assert not sums["complete"] or ids == rows
        assert len(service.requests) < 120


# Counts that are wrong.


def count_becomes(service, count):
    """The service's own idea of how many rows there are; `count` is a function of the true one."""
    service.fail(LIST, reshape(lambda page: {**page, "total_count": count(page["total_count"])}), times=None)


@pytest.mark.parametrize("most", [100, 20, 3])
@pytest.mark.parametrize("page_size", [7, 50, 100])
def test_a_count_that_is_too_large_is_not_waited_for(service, bridge, page_size, most):
    rows, service.max_page_size = service.rows(130), most
    count_becomes(service, lambda _: 10**9)
    ids, sums = stream(bridge, page_size=page_size)
    assert ids == rows and (sums["total_count"], sums["complete"], sums["moved"]) == (10**9, True, False)


@pytest.mark.parametrize("count", [0, 1, 49, 129])
def test_a_count_that_is_too_small_ends_nothing_early(service, bridge, count):
    """A full page goes on. Only where the service gives short pages, too, is there no telling: count and page agree that it is the end."""
    rows = service.rows(130)
    count_becomes(service, lambda _: count)
    ids, sums = stream(bridge, page_size=50)
    assert ids == rows and (sums["total_count"], sums["complete"], sums["moved"]) == (count, True, False)


@pytest.mark.parametrize("page_size", [7, 20, 50])
def test_a_count_that_moves_ends_nothing_early(service, bridge, page_size):
    rows, chance = service.rows(130), random.Random(page_size)
    count_becomes(service, lambda count: count + chance.randrange(3000))
    ids, sums = stream(bridge, page_size=page_size)
    assert ids == rows and sums["complete"] and not sums["moved"] and sums["total_count"] >= 130


@pytest.mark.parametrize("count", [-1, "130", None, 1.5])
def test_a_count_that_is_none(service, bridge, count):
    service.rows(130)
    service.fail(LIST, reshape(lambda page: {**page, "total_count": count}), times=None)
    ids, error = broken(bridge)
    assert (ids, error["code"], error["data"]["kind"]) == ([], 1502, "bad_response")


# Pages that make no sense.


@pytest.mark.parametrize("page_size", [1, 10, 50, 100])
@pytest.mark.parametrize("method", [CREDENTIALS, ACCOUNTS])
def test_a_service_that_gives_the_same_page_for_ever(service, bridge, method, page_size):
    """It takes no notice of `page`."""
    what = method.split(".")[0]
    rows = service.rows(200, what)
    same = list((service.accounts if method == ACCOUNTS else service.credentials).values())[:page_size]

    def page(exchange):
        size = int(dict(exchange.recorded.query)["page_size"])
        answer(200, {LISTS[what]: same[:size], "total_count": 10**6})(exchange)

    service.fail("GET", page, times=None)
    ids, sums = stream(bridge, method, page_size=page_size)
    assert ids == rows[:page_size] and not sums["complete"] and sums["cursor"] is None
    assert len(service.requests) < 15


@pytest.mark.parametrize("page_size", [10, 50])
def test_a_service_that_always_gives_the_first_page_of_the_size(service, bridge, page_size):
    rows = service.rows(200)
    first = list(service.credentials.values())

    def page(exchange):
        size = int(dict(exchange.recorded.query)["page_size"])
        answer(200, {"nats_credentials": first[:size], "total_count": 200})(exchange)

    service.fail(LIST, page, times=None)
    ids, sums = stream(bridge, page_size=page_size)
    assert ids == rows[: len(ids)] and not sums["complete"] and len(service.requests) < 15


@pytest.mark.parametrize("number", [2, 5])
def test_a_page_that_is_suddenly_empty_is_no_end(service, bridge, number):
    """The rows that were seen are not on it, so it proves nothing; the next answer is right again."""
    rows = service.rows(100)
    service.at_request(number, lambda: service.fail(LIST, reshape(lambda page: {**page, "nats_credentials": []})))
    ids, sums = stream(bridge, page_size=10)
    assert sums["moved"] and len(ids) >= 10 * (number - 1)
    assert ids == rows if sums["complete"] else ids == rows[: len(ids)]


def test_pages_that_stay_empty_end_it_as_incomplete(service, bridge):
    rows = service.rows(100)
    service.at_request(5, lambda: service.fail(LIST, reshape(lambda page: {**page, "nats_credentials": []}), times=None))
    ids, sums = stream(bridge, page_size=10)
    assert ids == rows[:40] and not sums["complete"] and sums["moved"] and len(service.requests) < 20


@pytest.mark.parametrize("rows", [[], None])
def test_a_first_page_without_rows_is_the_end(service, bridge, rows):
    service.fail(LIST, answer(200, {"nats_credentials": rows, "total_count": 0}), times=None)
    assert ends_well(stream(bridge)[1], 0) and len(service.requests) == 1


def test_more_rows_than_were_asked_for_are_not_believed(service, bridge):
    service.rows(100)
    service.fail(LIST, answer(200, {"nats_credentials": list(service.credentials.values()), "total_count": 100}), times=None)
    ids, error = broken(bridge, page_size=10)
    assert (ids, error["code"], error["data"]["kind"]) == ([], 1502, "bad_response")


# Rows that shift under the pages. 60 rows, 10 a page; 30 are sent when the change comes.

SENT, ALL = 30, 60


def shift(deleted=(), created=0):
    return list(deleted), created


# What is deleted and how many rows are made, and whether the stream notices: nothing that was sent has moved if it does not.
SHIFTS = {
    "one sent row": (shift([3]), True),
    "the last row sent": (shift([29]), True),
    "the last two rows sent": (shift([28, 29]), True),
    "the last page sent": (shift(range(20, 30)), True),
    "the first page": (shift(range(10)), True),
    "all sent but one": (shift([*range(19), *range(20, 30)]), True),
    "a sent row, and one is made": (shift([0], 1), True),
    "a page of sent rows, and as many are made": (shift(range(10), 10), True),
    "the last page sent, and as many are made": (shift(range(20, 30), 10), True),
    "every other row": (shift(range(0, 60, 2)), True),
    "every other row, and as many are made": (shift(range(0, 60, 2), 30), True),
    "a sent row and an unsent row": (shift([5, 45]), True),
    "the rows around the place": (shift(range(25, 35)), True),
    "an unsent row": (shift([45]), False),
    "the next row": (shift([30]), False),
    "the next page": (shift(range(30, 40)), False),
    "all unsent rows": (shift(range(30, 60)), False),
    "all unsent rows, and as many are made": (shift(range(30, 60), 30), False),
    "nothing, and some are made": (shift([], 25), False),
}  # fmt: skip


@every_list
@pytest.mark.parametrize("what_goes", SHIFTS)
def test_rows_that_go_while_a_stream_runs(service, bridge, what, what_goes):
    """Whatever was there from the start to the end comes once: a client that counts pages misses rows here."""
    (deleted, created), moved = SHIFTS[what_goes]
    rows, made = service.rows(ALL, what), []

    def change():
        service.delete(rows[number] for number in deleted)
        made.extend(service.rows(created, what, "new-{:03d}"))

    service.at_request(4, change)
    ids, sums = stream(bridge, f"{what}.stream", page_size=10)
    gone = {rows[number] for number in deleted if number >= SENT}
    assert ids == [id for id in rows if id not in gone] + made
    assert (sums["complete"], sums["moved"], sums["cursor"]) == (True, moved, None)
    assert len(service.requests) < 20


# Rows that come before those that were sent: their order, their names, how many.
BEFORE = {
    "one newer": ("created_at_desc", "row-x", 1), "a page of newer ones": ("created_at_desc", "row-x", 10),
    "almost two pages of newer ones": ("created_at_desc", "row-x", 19), "one by name": ("name_asc", "a", 1),
    "some by name": ("name_asc", "a", 7), "some in the middle": ("name_asc", "row-00015x", 7), "some by name backwards": ("name_desc", "z", 7),
}  # fmt: skip


@pytest.mark.parametrize("what_comes", BEFORE)
def test_rows_that_come_before_those_that_were_sent(service, bridge, what_comes):
    order, name, count = BEFORE[what_comes]
    rows = service.rows(ALL)
    if order.endswith("desc"):
        rows.reverse()
    service.at_request(4, lambda: service.rows(count, name=name))
    ids, sums = stream(bridge, page_size=10, order_by=order)
    assert ids == rows and (sums["complete"], sums["moved"]) == (True, True)


# Beyond what is remembered: two pages, and never less than 100 rows.


def test_more_rows_before_the_place_than_are_remembered(service, bridge):
    """The rows that were sent are far behind then, and it says so."""
    rows = service.rows(ALL)[::-1]
    service.at_request(4, lambda: service.rows(120))
    ids, sums = stream(bridge, page_size=10, order_by="created_at_desc")
    assert sums["moved"] and ids[:SENT] == rows[:SENT] and (not sums["complete"] or set(ids) >= set(rows))
    assert len(service.requests) < 40


@pytest.mark.parametrize("first", [0, 20])
def test_all_that_was_remembered_is_gone(service, bridge, first):
    """Nobody can say any more where the place was, though older rows may be there."""
    rows = service.rows(180)
    service.at_request(14, lambda: service.delete(rows[first:130]))
    ids, sums = stream(bridge, page_size=10, order_by="name_asc")
    assert ids == rows[:130] and (sums["complete"], sums["moved"], sums["cursor"]) == (False, True, None)
    assert len(service.requests) < 40


@pytest.mark.parametrize("first", [0, 20])
@pytest.mark.parametrize("order", ["created_at_asc", "created_at_desc"])
def test_where_all_that_was_remembered_is_gone_its_age_tells_the_place(service, bridge, first, order):
    """When a row was created never changes."""
    rows = service.rows(180)
    rows = rows if order == "created_at_asc" else rows[::-1]
    service.at_request(14, lambda: service.delete(rows[first:130]))
    ids, sums = stream(bridge, page_size=10, order_by=order)
    assert ids == rows and (sums["complete"], sums["moved"]) == (True, True)
    assert len(service.requests) < 60


@every_list
@pytest.mark.parametrize("order", ["created_at_asc", "created_at_desc"])
def test_a_client_that_deletes_all_it_is_given_is_given_all(service, home, what, order):
    """Window by window, each in a new process, as the client libraries ask: whatever was sent is gone when the next is asked for."""
    rows = service.rows(1_000, what)
    rows = rows if order == "created_at_asc" else rows[::-1]
    given, sums = new_process(home, service, f"{what}.stream", order_by=order, page_size=50, max_pages=4)
    while sums["cursor"]:
        service.delete(given[-200:])
        more, sums = new_process(home, service, f"{what}.stream", cursor=sums["cursor"], max_pages=4)
        given += more
    assert given == rows and sums["complete"]
    assert len(service.requests) < 120


def test_everything_is_deleted_meanwhile(service, bridge):
    rows = service.rows(ALL)
    service.at_request(4, lambda: service.delete(rows))
    ids, sums = stream(bridge, page_size=10)
    assert ids == rows[:30] and sums["moved"] and sums["total_count"] == 0 and len(service.requests) < 20


def test_everything_is_deleted_and_made_anew_meanwhile(service, bridge):
    rows, made = service.rows(ALL), []

    def change():
        service.delete(rows)
        made.extend(service.rows(ALL))

    service.at_request(4, change)
    ids, sums = stream(bridge, page_size=10)
    assert ids == rows[:30] + made and (sums["complete"], sums["moved"]) == (True, True)


@pytest.mark.parametrize("place", [11, 20, 25, 28, 29])
def test_a_row_that_was_just_sent_and_is_now_the_last_of_all_hides_none(service, bridge, place):
    """An account that is renamed, in the order of the last change. That it was sent does not mean that all before it were."""
    rows = service.rows(35, "accounts")
    service.at_request(4, lambda: service.accounts[rows[place]].update(updated_at="2099-01-01T00:00:00.000000Z"))
    ids, sums = stream(bridge, ACCOUNTS, page_size=10, order_by="updated_at_asc")
    assert ids == rows[: len(ids)] and sums["moved"] and (not sums["complete"] or ids == rows)


@pytest.mark.parametrize("most", CLAMPS)
def test_rows_that_go_where_pages_are_short(service, bridge, most):
    """One sent row before every request: what was there to the end comes, or it says that it may not have."""
    rows, service.max_page_size = service.rows(ALL), most
    sent = iter(rows[:8])
    service.on_request = lambda _: service.delete([next(sent)]) if len(service.requests) % 4 == 3 and len(service.requests) < 30 else None
    ids, sums = stream(bridge)
    assert sums["moved"] and (not sums["complete"] or set(ids) >= set(service.credentials))


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_one_row_that_goes_at_any_place_where_pages_are_short(service, bridge, most):
    """At each request in turn. Pages this short cannot always hold the last row and a new one; nothing is missed without a word all the same."""
    service.max_page_size = most
    for number in range(2, 14):
        service.credentials.clear()
        service.requests.clear()
        rows = service.rows(13)
        service.at_request(number, lambda rows=rows: service.delete(rows[:1]))
        ids, sums = stream(bridge)
        assert not sums["complete"] or set(ids) >= set(rows[1:]), number
        assert sums["moved"] == (rows[0] not in service.credentials), number


def test_deleting_each_row_as_it_comes_deletes_all(service, bridge):
    """What every cleaning script does."""
    rows = service.rows(ALL)
    bridge.send(ask(CREDENTIALS, {"page_size": 5}))
    parts, deleted, message = [], 0, None
    while message is None or deleted < len(ids_of(parts)):
        came = bridge.message()
        if came.get("method") == "$/progress":
            parts.append(came["params"]["value"])
            bridge.send(*[ask("credentials.delete", {"nats_credentials_id": row["id"]}, row["id"]) for row in rows_of(parts[-1])])
        elif came["id"] == "s":
            message = checked(parts, came)
        else:
            assert came["result"]["deleted"]
            deleted += 1
    # Faster than it looks back, two pages are gone at once, and the place with them.
    assert ids_of(parts) == rows[: len(ids_of(parts))] and (not message["result"]["complete"] or len(ids_of(parts)) == ALL)


class Churn:
    """Changes before each request, chosen by chance; and for each what had been sent. The pipe takes a page before the next is asked for, so
    that whoever answers can read it."""

    def __init__(self, service, bridge, seed, order):
        self.service, self.bridge, self.chance, self.order = service, bridge, random.Random(seed), order
        self.lock, self.parts, self.answer, self.asked = threading.Lock(), [], None, 0
        self.steady, self.has_shifted, self.has_changed_before = None, False, False
        # The rows that were sent, the list as it was on the page of the last of them, and as it is now.
        self.sent, self.base, self.latest = set(), [], []
        service.on_request = self.change

    def read(self):
        """What is there to be read."""
        with self.lock:
            while self.answer is None and (b"\n" in self.bridge.buffer or select.select([self.bridge.process.stdout], [], [], 0)[0]):
                message = self.bridge.message()
                if "method" in message:
                    self.parts.append(message["params"]["value"])
                else:
                    self.answer = message

    def change(self, _):
        self.read()
        before, sent = expected(self.service, self.order), set(ids_of(self.parts))
        self.asked += 1
        if self.asked > 1 and self.asked < 40:
            for _ in range(self.chance.choice([0, 0, 1, 1, 2, 5])):
                self.one_change(sent)
        after = expected(self.service, self.order)
        self.steady = set(after) if self.steady is None else self.steady & set(after)
        if len(sent) > len(self.sent):
            self.compare()
            self.base, self.sent = self.latest, sent
        reach = max((place for place, id in enumerate(before) if id in sent), default=-1) + 1
        self.has_changed_before = self.has_changed_before or before[:reach] != after[:reach]
        self.latest = after

    def compare(self):
        """A page may take more than one request, and a shift that was undone by the last of them is none. Nor does anybody see one where a row
        went and another came before the last one sent."""
        place = max((place for place, id in enumerate(self.base) if id in self.sent), default=-1)
        if place >= 0 and self.base[place : place + 1] != self.latest[place : place + 1]:
            self.has_shifted = True

    def one_change(self, sent):
        rows = expected(self.service, self.order)
        kind = self.chance.choice(["sent", "sent", "last", "any", "new", "new", "both"])
        here = [id for id in rows if id in sent]
        if kind in ("sent", "both") and here:
            self.service.delete([self.chance.choice(here)])
        elif kind == "last" and here:
            self.service.delete(here[-1:])
        elif kind == "any" and rows:
            self.service.delete([self.chance.choice(rows)])
        if kind in ("new", "both"):
            self.service.add_many(self.service.account_id, 1, f"row-{self.chance.randrange(100):05d}x")

    def run(self, **params):
        self.bridge.send(ask(CREDENTIALS, {"order_by": self.order, **params}))
        while self.answer is None:
            assert select.select([self.bridge.process.stdout], [], [], LIMIT)[0] or self.answer, "nothing came"
            self.read()
        self.service.on_request = None
        self.compare()
        return ids_of(self.parts), checked(self.parts, self.answer)["result"]


def test_changes_by_chance(service, bridge):
    """No row twice; every row that was there all the time, or it is not complete; `moved` if and only if something moved."""
    ends = Counter()
    for seed in range(60):
        service.credentials.clear()
        chance = random.Random(seed)
        order = chance.choice([order for order in ORDERS if "updated" not in order])
        service.max_page_size = chance.choice([100, 100, 20, 9])
        service.rows(chance.randrange(120))
        churn = Churn(service, bridge, seed, order)
        ids, sums = churn.run(page_size=chance.choice([3, 5, 10, 20, 30]))
        assert not sums["complete"] or set(ids) >= churn.steady, seed
        assert sums["moved"] or not churn.has_shifted, seed
        assert churn.has_changed_before or not sums["moved"], seed
        assert churn.asked < 150, seed
        ends[sums["complete"], sums["moved"]] += 1
    assert ends[True, True] > 25 and ends[True, False] > 5


# Readers that do not read.

PIPE = 4096


def test_no_page_is_asked_for_before_the_last_byte_is_taken(service, bridge):
    """Not when a page was begun, and not when most of it was read: when the pipe has taken all of it."""
    rows = service.rows(100)
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, PIPE)
    stdout = bridge.process.stdout.fileno()
    request = ask(CREDENTIALS, {"page_size": 20})
    bridge.send(request)
    lines = [bridge.line() + b"\n" for _ in range(5)]
    assert ids_of([json.loads(line)["params"]["value"] for line in lines]) == rows and bridge.message()["result"]["complete"]
    service.requests.clear()
    bridge.send(request)
    for number, line in enumerate(lines, 1):
        service.wait_for(lambda s, number=number: len(s.requests) == number and not s.in_flight)
        # All but what the pipe can hold and one byte: that byte cannot have been taken.
        held_back = PIPE + 1
        begin = read_exactly(stdout, len(line) - held_back)
        wait_until_asleep(bridge.process.pid)
        assert len(service.requests) == number and not service.in_flight
        assert begin + read_exactly(stdout, held_back) == line
    assert bridge.message()["result"]["complete"] and len(service.requests) == len(lines)


def read_exactly(descriptor, count):
    data = b""
    while len(data) < count:
        assert select.select([descriptor], [], [], LIMIT)[0], "nothing came"
        data += os.read(descriptor, count - len(data))
    return data


def wait_until_full(pipe):
    """Until no more than a part of what is being written fits."""
    with select.epoll() as nothing:
        for _ in range(2000):
            waiting = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
            if waiting > fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - PIPE:
                return
            nothing.poll(0.01)
    raise AssertionError("the pipe does not fill")


def test_a_stream_that_nobody_reads_stops_asking_and_goes_on_later(service, bridge):
    """A page is larger than the pipe."""
    rows = service.rows(2000)
    fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, 4 * PIPE)
    bridge.send(ask(CREDENTIALS))
    wait_until_full(bridge.process.stdout)
    wait_until_asleep(bridge.process.pid)
    assert len(service.requests) == 1
    ids, _, message = streamed(bridge)
    assert ids == rows and ends_well(message["result"], 2000) and len(service.requests) >= 20


def test_a_reader_that_goes_away_ends_the_stream(service, bridge):
    service.rows(2000)
    bridge.send(ask(CREDENTIALS))
    assert bridge.message()["params"]["value"]["seq"] == 1
    bridge.process.stdout.close()
    assert bridge.process.wait(LIMIT) == 0
    assert len(service.requests) < 12 and bridge.process.stderr.read() == b""


# Errors in the middle.

ERRORS = {
    "500": (answer(500, {"message": "oops"}), 4, 1503, "backend_unavailable"),
    "404": (answer(404, {"type": "not_found", "resource": "namespace", "resource_id": "x"}), 1, 1404, "not_found"),
    "not JSON": (answer(200, b'{"total_count":'), 1, 1502, "bad_response"),
    "a row without an id": (answer(200, {"total_count": 95, "nats_credentials": [{"name": "x"}]}), 1, 1502, "bad_response"),
    "the key is gone": (answer(401, {"type": "denied_authentication"}), 1, 1401, "unauthenticated"),
}  # fmt: skip


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_in_the_middle_says_what_was_sent_and_a_new_process_goes_on(service, bridge, home, error):
    how, times, code, kind = ERRORS[error]
    rows = service.rows(95)
    service.fail(lambda _: len(service.requests) >= 7, how, times)
    ids, found = broken(bridge, page_size=10)
    data = found["data"]
    assert (found["code"], data["kind"], data["outcome"]) == (code, kind, "none") and ids == rows[:60] and data["items_sent"] == 60
    assert len(service.requests) == 6 + times
    more, sums = new_process(home, service, cursor=data["cursor"])
    assert more == rows[60:] and sums["complete"] and not sums["moved"]
    # And in this one.
    assert stream(bridge, cursor=data["cursor"])[0] == rows[60:]


def test_an_error_on_the_first_page_has_nothing_to_go_on_with(service, bridge):
    service.fail(LIST, answer(401))
    ids, error = broken(bridge)
    assert ids == [] and error["data"].get("cursor") is None


def test_an_error_that_passes_is_not_seen(service, bridge):
    rows = service.rows(95)
    for number in 3, 6:
        service.fail(lambda _, number=number: len(service.requests) == number, answer(503))
    ids, sums = stream(bridge, page_size=10)
    assert ids == rows and ends_well(sums, 95) and len(service.requests) == 12


# Windows, in new processes.


def windows(home, service, between=lambda number, ids: None, method=CREDENTIALS, **params):
    """Four pages at a time, each in a process of its own; what goes on between them is told how many there were and the rows."""
    ids, sums, moved, given = [], None, False, dict(params)
    for number in itertools.count(1):
        assert number < 40
        more, sums = new_process(home, service, method, max_pages=4, **given)
        ids += more
        moved = moved or sums["moved"]
        if not sums["cursor"]:
            return ids, sums, moved
        assert (sums["pages"], sums["complete"]) == (4, False)
        between(number, ids)
        given = {"cursor": sums["cursor"]}


@every_list
@pytest.mark.parametrize("order", ["created_at_asc", "name_desc"])
def test_windows_put_together_are_the_whole(service, home, what, order):
    rows = service.rows(130, what)
    if order == "name_desc":
        rows.reverse()
    ids, sums, moved = windows(home, service, method=f"{what}.stream", page_size=10, order_by=order)
    assert ids == rows and sums["complete"] and not moved


@pytest.mark.parametrize("most", [7, 3, 1])
def test_windows_where_pages_are_short(service, home, most):
    """What the service gives was learned once, and the cursor has it."""
    rows, service.max_page_size = service.rows(12 * most + 1), most
    ids, sums, moved = windows(home, service, page_size=100)
    assert ids == rows and sums["complete"] and not moved


# Which of the rows that were sent go between two windows of 40, counted from the last.
BETWEEN = {
    "the one at the cursor": [1], "the last four": [1, 2, 3, 4], "the last but one": [2], "the first": [40], "a page": range(20, 30),
    "all but the last five": range(6, 41), "all but the fifth from the last": [*range(1, 5), *range(6, 41)],
}  # fmt: skip


@pytest.mark.parametrize("which", BETWEEN)
def test_rows_that_go_between_windows(service, home, which):
    rows = service.rows(130)

    def between(number, ids):
        service.delete(ids[-place] for place in BETWEEN[which])

    ids, sums, moved = windows(home, service, between, page_size=10)
    assert ids == rows and sums["complete"] and moved


def test_rows_that_come_and_go_between_windows_while_their_number_stays(service, home):
    rows, made = service.rows(130), []

    def between(number, ids):
        service.delete(ids[-8:-3])
        made.extend(service.rows(5, name="new"))

    ids, sums, moved = windows(home, service, between, page_size=10)
    assert ids == rows + made and sums["complete"] and moved


def test_rows_that_come_before_the_cursor_between_windows(service, home):
    rows = service.rows(130)[::-1]
    ids, sums, moved = windows(home, service, lambda *_: service.rows(6), page_size=10, order_by="created_at_desc")
    assert ids == rows and sums["complete"] and moved


@pytest.mark.parametrize("count", [5, 40])
def test_a_cursor_whose_rows_are_all_gone_is_never_a_silent_gap(service, home, count):
    """It knows the last five rows; without them only an order by age tells where it was."""
    rows = service.rows(130)
    sent, sums = new_process(home, service, order_by="name_asc", page_size=10, max_pages=4)
    by_age = new_process(home, service, page_size=10, max_pages=4)[1]
    service.delete(sent[-count:])
    ids, sums = new_process(home, service, cursor=sums["cursor"])
    assert sent == rows[:40] and (ids, sums["complete"], sums["moved"], sums["cursor"]) == ([], False, True, None)
    ids, sums = new_process(home, service, cursor=by_age["cursor"])
    assert (ids, sums["complete"], sums["moved"]) == (rows[40:], True, True)


def test_a_cursor_far_behind_the_end_asks_a_bounded_number_of_times(service, home):
    """Almost all was deleted: pages behind the end are not asked for one by one."""
    rows = service.rows(2000)
    sent, sums = new_process(home, service, page_size=20, max_pages=95)
    service.delete([*sent[:-1], *rows[1901:]])
    service.requests.clear()
    ids, sums = new_process(home, service, cursor=sums["cursor"])
    assert ids == rows[1900:1901] and sums["complete"] and sums["moved"] and len(service.requests) < 20


# Cursors.


def cursor_of(bridge, method=CREDENTIALS, **params):
    answer = bridge.call(method, {"page_size": 2, "max_pages": 1, **params}, id="s")
    return answer["result"]["cursor"]


def test_cursors_of_other_lists_are_refused(service, bridge):
    """Before anything is sent."""
    rows, theirs = service.rows(5, "accounts"), service.add_account(region="nl-ams")["id"]
    for account in service.accounts:
        service.add_many(account, 5, region=service.accounts[account].region)
    here, there = cursor_of(bridge), cursor_of(bridge, region="nl-ams")
    one = cursor_of(bridge, nats_account_id=rows[0])
    cursors = [
        (CREDENTIALS, there, {}), (CREDENTIALS, here, {"region": "nl-ams"}), (CREDENTIALS, cursor_of(bridge, ACCOUNTS), {}), (ACCOUNTS, here, {}),
        (CREDENTIALS, here, {"nats_account_id": rows[0]}), (CREDENTIALS, one, {"nats_account_id": rows[1]}),
        (CREDENTIALS, here, {"order_by": "name_asc"}), (CREDENTIALS, here, {"project_id": service.project}),
        (CREDENTIALS, cursor_of(bridge, order_by="name_desc"), {"order_by": "name_asc"}),
    ]  # fmt: skip
    asked = len(service.requests)
    for method, cursor, params in cursors:
        assert refusal(bridge, method, cursor=cursor, **params)["name"] == "cursor"
    assert len(service.requests) == asked and theirs


def test_a_cursor_of_the_other_backend_is_refused(service, bridge):
    service.rows(5)
    for _ in range(5):
        bridge.result("credentials.create", {"region": "local", "name": "x"})
    local, remote = cursor_of(bridge, region="local"), cursor_of(bridge)
    asked = len(service.requests)
    for cursor, region, others in (local, "fr-par", "local"), (remote, "local", "fr-par"):
        assert "region" in refusal(bridge, cursor=cursor, region=region)["reason"]
        assert refusal(bridge, cursor=tampered(cursor, region=region), region=region)["name"] == "cursor", others
    assert len(service.requests) == asked


@every_list
def test_a_cursor_that_was_tampered_with_is_refused(service, bridge, what):
    service.rows(5, what)
    cursor = cursor_of(bridge, f"{what}.stream")
    at = json.loads(opened(cursor)["at"])
    asked = len(service.requests)
    for bad in [
        cursor[:-1], cursor[:-2], cursor + "00", cursor * 2, tampered(cursor, v=2), tampered(cursor, size=101),
        *[tampered(cursor, at=place) for place in ("", "{}", "x", 1, "[]", json.dumps(at) * 2)],
        *[tampered(cursor, at=json.dumps({**at, "seen": seen})) for seen in (0, -1, 1.5, "2", None, 10**30)],
        *[tampered(cursor, at=json.dumps({**at, "longest": longest})) for longest in (0, -1, 101, "1", None)],
        *[tampered(cursor, at=json.dumps({**at, "last": last})) for last in ([], "", None, [1], ["x"], ["../x"], at["last"] * 3)],
    ]:  # fmt: skip
        assert refusal(bridge, f"{what}.stream", cursor=bad)["name"] == "cursor", bad[:80]
    assert len(service.requests) == asked


def test_a_cursor_with_another_number_of_rows_finds_its_place(service, bridge):
    """It has no seal, and a wrong number is like rows that shifted."""
    rows = service.rows(30)
    cursor = cursor_of(bridge)
    for seen in 1, 5, 29, 30, 200:
        at = {**json.loads(opened(cursor)["at"]), "seen": seen}
        ids, sums = stream(bridge, cursor=tampered(cursor, at=json.dumps(at)))
        assert sums["moved"] and (not sums["complete"] or ids == rows[2:])


def test_a_cursor_has_no_secret_and_is_small(service, bridge):
    service.rows(300)
    cursor = cursor_of(bridge, page_size=100, max_pages=2)
    text = bytes.fromhex(cursor).decode()
    assert service.key not in text and service.access_key not in text and len(cursor) < 1000


# Cancelling, deadlines, and others beside a stream.


def test_a_stream_that_is_cancelled_asks_no_more(service, bridge):
    rows, gate = service.rows(100), threading.Event()
    service.fail(lambda _: len(service.requests) == 3, delay(gate))
    bridge.send(ask(CREDENTIALS, {"page_size": 10}))
    service.wait_for(lambda s: len(s.requests) == 3)
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "s"}})
    ids, _, message = streamed(bridge)
    data = message["error"]["data"]
    assert (message["error"]["code"], data["kind"], data["outcome"], data["items_sent"]) == (-32800, "cancelled", "none", 20)
    assert bridge.result("bridge.ping") == {}
    gate.set()
    wait_until_asleep(bridge.process.pid)
    assert len(service.requests) == 3
    assert ids + stream(bridge, cursor=data["cursor"])[0] == rows


def test_a_stream_that_nobody_reads_can_be_cancelled(service, home):
    service.rows(100)
    with Bridge(home, env=service.environment) as bridge:
        fcntl.fcntl(bridge.process.stdout, fcntl.F_SETPIPE_SZ, PIPE)
        bridge.send(ask(CREDENTIALS, {"page_size": 20}))
        wait_until_full(bridge.process.stdout)
        bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "s"}})
        wait_until_asleep(bridge.process.pid)
        ids, _, message = streamed(bridge)
        assert message["error"]["code"] == -32800 and len(ids) == 20 and len(service.requests) == 1


def test_the_deadline_is_one_of_each_page(service, bridge):
    """The five pages together take longer than `timeout_ms`."""
    rows, service.lag = service.rows(50), 0.5
    ids, sums = stream(bridge, page_size=10, timeout_ms=1500)
    assert ids == rows and ends_well(sums, 50) and len(service.requests) == 5


def test_a_page_that_hangs_ends_it(service, bridge, home):
    rows = service.rows(50)
    service.fail(lambda _: len(service.requests) == 3, silence())
    ids, error = broken(bridge, page_size=10, timeout_ms=1000)
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1408, "timeout", "none") and ids == rows[:20]
    assert error["data"]["items_sent"] == 20
    assert new_process(home, service, cursor=error["data"]["cursor"])[0] == rows[20:]


def test_two_streams_and_sixteen_others_at_once(service, bridge):
    accounts = service.rows(60, "accounts")
    rows = service.add_many(accounts[0], 300)
    service.lag = 0.005
    bridge.send(ask(CREDENTIALS, {"page_size": 10}, "c"), ask(ACCOUNTS, {"page_size": 3}, "a"))
    for number in range(8):
        bridge.send(ask("credentials.get", {"nats_credentials_id": rows[number]}, number), ask("accounts.list", {"page_size": 7}, 8 + number))
    parts, answers = {"c": [], "a": []}, {}
    while len(answers) < 18:
        message = bridge.message()
        if "method" in message:
            assert message["params"]["token"] not in answers, "a part came after its answer"
            parts[message["params"]["token"]].append(message["params"]["value"])
        else:
            answers[message["id"]] = message
    for id, ids in ("c", rows), ("a", accounts):
        assert ids_of(parts[id]) == ids and ends_well(checked(parts[id], answers[id])["result"], len(ids))
    assert [answers[number]["result"]["id"] for number in range(8)] == rows[:8]
    assert all([row["id"] for row in answers[8 + number]["result"]["nats_accounts"]] == accounts[:7] for number in range(8))


@every_list
def test_call_prints_all_rows_of_a_list(service, home, what):
    rows, service.max_page_size = service.rows(120, what), 50
    result = call(home, f"{what}.list", "--all", env=service.environment)
    assert result.returncode == 0, result.stderr
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == rows


def test_call_says_that_a_list_is_not_whole(service, home):
    service.rows(100)
    service.at_request(3, lambda: service.fail(LIST, reshape(lambda page: {**page, "nats_credentials": []}), times=None))
    result = call(home, "credentials.list", "--all", "page_size=10", env=service.environment)
    assert len(result.stdout.splitlines()) == 20 and b"the list is not complete" in result.stderr


# Pages of a list.


def pages(bridge, method="credentials.list", **params):
    """The ids of every page, from the first along `next_page`."""
    found, page = [], 1
    while page:
        result = bridge.result(method, {"page": page, **params})
        assert result["page"] == page and result["page_size"] == params.get("page_size", 50) and result["region"] == "fr-par"
        found.append([row["id"] for row in result[LISTS[method.split(".")[0]]]])
        assert result["next_page"] in (None, page + 1) and len(found) < 200
        page = result["next_page"]
    return found


@every_list
@pytest.mark.parametrize("count, page_size", [(0, 50), (1, 50), (50, 50), (51, 50), (100, 50), (7, 1), (130, 100), (100, 100), (99, 100)])
def test_pages_of_a_list(service, bridge, what, count, page_size):
    rows = service.rows(count, what)
    found = pages(bridge, f"{what}.list", page_size=page_size)
    assert sum(found, []) == rows and [len(page) for page in found[:-2]] == [page_size] * len(found[:-2])
    assert len(found) == len(service.requests) <= -(-count // page_size) + 1
    for number, request in enumerate(service.requests, 1):
        assert dict(request.query) == {"order_by": "created_at_asc", "page": str(number), "page_size": str(page_size)}


@pytest.mark.parametrize("most", CLAMPS)
@pytest.mark.parametrize("page_size", [1, 7, 20, 50])
def test_pages_of_a_list_where_they_are_short(service, bridge, most, page_size):
    """`next_page` leads to every row, and then to the end."""
    rows, service.max_page_size = service.rows(61), most
    assert sum(pages(bridge, page_size=page_size), []) == rows


@pytest.mark.parametrize("page_size", [10, 50])
def test_pages_of_a_list_whose_count_moves(service, bridge, page_size):
    rows, chance = service.rows(130), random.Random(1)
    count_becomes(service, lambda count: count + chance.randrange(3000))
    assert sum(pages(bridge, page_size=page_size), []) == rows


def test_pages_of_a_list_that_grows(service, bridge):
    rows = service.rows(35)
    service.on_request = lambda _: rows.extend(service.rows(3)) if len(service.requests) < 6 else None
    assert sum(pages(bridge, page_size=10), []) == rows


@every_list
def test_a_page_past_the_end_is_empty_and_the_last(service, bridge, what):
    service.rows(5, what)
    for page in 2, 3, 1_000_000:
        result = bridge.result(f"{what}.list", {"page": page})
        assert (result[LISTS[what]], result["next_page"], result["total_count"], result["page"]) == ([], None, 5, page)


def test_a_list_asks_for_what_its_caller_asked_for(service, bridge):
    account, project = service.add_account()["id"], service.project
    bridge.result("credentials.list", {
        "nats_account_id": account, "project_id": project, "order_by": "name_desc", "page": 3, "page_size": 9,
    })  # fmt: skip
    assert dict(service.requests[-1].query) == {
        "nats_account_id": account, "project_id": project, "order_by": "name_desc", "page": "3", "page_size": "9",
    }  # fmt: skip


# Many rows.


def resident(bridge):
    with open(f"/proc/{bridge.process.pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS:"))


def test_memory_stays_the_same_over_many_rows(service, bridge):
    """All of them together are 9 MB as text, and the bridge holds two pages."""
    service.rows(20_000)
    bridge.send(ask(CREDENTIALS))
    buffer, lines, rows, begin = b"", 0, 0, None
    while b'"result"' not in buffer or not buffer.endswith(b"\n"):
        *whole, buffer = (buffer + read_some(bridge.process.stdout.fileno())).split(b"\n")
        for line in whole:
            lines, rows = lines + 1, rows + line.count(b'"checksum"')
            if lines == 20:
                begin = resident(bridge)
        if whole and b'"result"' in whole[-1]:
            break
    sums = json.loads(whole[-1])["result"]
    assert rows == 20_000 and ends_well(sums, 20_000)
    assert resident(bridge) - begin < 8 * MIB
