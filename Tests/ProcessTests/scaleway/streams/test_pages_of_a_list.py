"""Pages of a list of Scaleway's regions, along `next_page`."""

import random

import pytest

from scaleway_streams import CLAMPS, count_becomes
from streaming import LISTS, every_list


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
