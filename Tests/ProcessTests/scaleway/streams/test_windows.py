"""Windows: four pages of a stream at a time, each in a process of its own."""

import itertools

import pytest

from scaleway_streams import CREDENTIALS, new_process
from streaming import every_list


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
