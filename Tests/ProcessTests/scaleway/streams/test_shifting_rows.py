"""Rows that shift under the numbered pages of a stream. 60 rows, 10 a page; 30 are sent when the change comes."""

import random
import select
import threading
from collections import Counter

import pytest

from bridge import LIMIT
from scaleway_streams import ACCOUNTS, CLAMPS, CREDENTIALS, checked, expected, ids_of, new_process, stream
from streaming import ORDERS, ask, every_list, rows_of

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


@every_list
@pytest.mark.parametrize("number", [2, 3, 4, 5])
@pytest.mark.parametrize("count", [1, 12, 100])
def test_as_many_rows_go_as_come_between_pages_of_the_largest_size(service, bridge, what, number, count):
    """Their number stays what it was, and every page is full: only the row that each page begins with tells. Pages are as large as the service
    gives any, so that there is no room for it but by asking for other ones."""
    rows, made = service.rows(430, what), []

    def change():
        service.delete(rows[:count])
        made.extend(service.rows(count, what, "new-{:03d}"))

    service.at_request(number, change)
    ids, sums = stream(bridge, f"{what}.stream", page_size=100)
    assert ids == rows + made and (sums["complete"], sums["moved"]) == (True, True)


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
