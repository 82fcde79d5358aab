"""Streams where neither the size that was asked for, nor the count, nor the number of a page is to be trusted."""

import random

import pytest

from scaleway_service import answer, reshape
from scaleway_streams import ACCOUNTS, CLAMPS, CREDENTIALS, LIST, broken, count_becomes, ends_well, stream
from streaming import LISTS

# Pages that are shorter than was asked for.


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
