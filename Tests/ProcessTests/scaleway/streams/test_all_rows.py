"""Streams of Scaleway's regions have all rows, once, in order, and ask for no more pages than it takes."""

import random

import pytest

from bridge import Bridge
from scaleway_streams import ACCOUNTS, CREDENTIALS, Service, ends_well, expected, ids_of, stream
from streaming import ORDERS, ask

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
