"""What every backend promises of lists and streams."""

import pytest

from backends import KINDS, NO_ACCOUNT, NO_PROJECT, ORDERS, PROJECT, ids, listed, make, make_account, ordered, refused, streamed

# Lists.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_orders(filled, kind, order):
    wanted = ordered(filled, kind, order)
    assert ids(filled.bridge, kind, order_by=order) == wanted
    assert [row["id"] for row in streamed(filled.bridge, kind, order_by=order, page_size=2)[1]] == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_order(filled, kind):
    assert ids(filled.bridge, kind) == [row["id"] for row in streamed(filled.bridge, kind)[1]] == ordered(filled, kind, "created_at_asc")


def test_credentials_of_one_account(bridge, account):
    other, empty = make_account(bridge)["id"], make_account(bridge)["id"]
    mine, theirs = [], []
    for number in range(4):
        mine.append(make(bridge, account, f"m{number}")["id"])
        theirs.append(make(bridge, other, f"t{number}")["id"])
    for id, wanted in ((account, mine), (other, theirs), (empty, []), (NO_ACCOUNT, [])):
        page = bridge.result("credentials.list", {"nats_account_id": id})
        assert ([row["id"] for row in page["nats_credentials"]], page["total_count"]) == (wanted, len(wanted))
        end, rows = streamed(bridge, "credentials", nats_account_id=id, page_size=3)
        assert ([row["id"] for row in rows], end["total_count"], end["complete"]) == (wanted, len(wanted), True)
    assert len(listed(bridge, "credentials")) == 8


def test_rows_of_one_project(bridge, account):
    other = make_account(bridge, project_id=PROJECT)["id"]
    mine, theirs = make(bridge, account)["id"], make(bridge, other)["id"]
    for project, accounts, credentials in ((PROJECT, [other], [theirs]), (NO_PROJECT, [], [])):
        for kind, wanted in (("accounts", accounts), ("credentials", credentials)):
            page = bridge.result(f"{kind}.list", {"project_id": project})
            assert ([row["id"] for row in page[f"nats_{kind}"]], page["total_count"]) == (wanted, len(wanted))
            assert [row["id"] for row in streamed(bridge, kind, project_id=project)[1]] == wanted
    assert ids(bridge, "credentials") == [mine, theirs]
    assert ids(bridge, "credentials", project_id=PROJECT, nats_account_id=account) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100])
def test_pages(filled, kind, size):
    wanted, found, page = ordered(filled, kind, "created_at_asc"), [], 1
    while page is not None:
        result = filled.bridge.result(f"{kind}.list", {"page": page, "page_size": size})
        assert (result["page"], result["page_size"], result["total_count"]) == (page, size, 7)
        rows = [row["id"] for row in result[f"nats_{kind}"]]
        assert rows == wanted[(page - 1) * size : page * size]
        assert result["next_page"] in (None, page + 1)
        found, page = found + rows, result["next_page"]
    assert found == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_beyond_the_end_is_empty(filled, kind):
    for page, size in ((2, 7), (3, 4), (1000, 100), (8, 1)):
        result = filled.bridge.result(f"{kind}.list", {"page": page, "page_size": size})
        assert (result[f"nats_{kind}"], result["total_count"], result["next_page"]) == ([], 7, None)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_there(bridge, kind):
    result = bridge.result(f"{kind}.list")
    assert (result[f"nats_{kind}"], result["total_count"], result["page"], result["page_size"], result["next_page"]) == ([], 0, 1, 50, None)
    end, rows = streamed(bridge, kind)
    assert (rows, end["items"], end["total_count"], end["complete"], end["moved"], end["cursor"]) == ([], 0, 0, True, False, None)


# Streams.


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 3, 7, 8, 100])
def test_a_stream_gives_every_row_once_and_in_order(filled, kind, size):
    end, rows = streamed(filled.bridge, kind, page_size=size)
    assert [row["id"] for row in rows] == ordered(filled, kind, "created_at_asc")
    assert (end["items"], end["total_count"], end["complete"], end["moved"], end["cursor"]) == (7, 7, True, False, None)
    parts = filled.bridge.parts
    assert end["pages"] == len(parts) >= -(-7 // size)
    assert all(part["total_count"] == 7 and 1 <= len(part[f"nats_{kind}"]) <= size for part in parts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_stream_goes_on_in_a_new_process(filled, kind, order):
    found, params = [], {"page_size": 2, "order_by": order}
    for _ in range(10):
        with filled.new_bridge() as bridge:
            end, rows = streamed(bridge, kind, max_pages=1, **params)
        found += [row["id"] for row in rows]
        assert len(rows) <= 2 and end["complete"] == (end["cursor"] is None)
        if end["complete"]:
            break
        params = {"cursor": end["cursor"]}
    assert found == ordered(filled, kind, order) and end["complete"]


def test_a_cursor_keeps_filter_order_and_size(backend, bridge, account):
    other = make_account(bridge, project_id=PROJECT)["id"]
    mine = [make(bridge, id, f"n{number}")["id"] for number in range(3) for id in (account, other)][::2]
    params = {"nats_account_id": account, "order_by": "name_desc", "page_size": 1}
    end, rows = streamed(bridge, "credentials", max_pages=1, **params)
    assert [row["id"] for row in rows] == mine[:1:-1]
    end, rows = streamed(backend.new_bridge(), "credentials", cursor=end["cursor"])
    assert [row["id"] for row in rows] == mine[1::-1] and end["complete"] and len(rows) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_a_cursor_to_go_on_from(filled, kind):
    wanted = ordered(filled, kind, "name_desc")
    streamed(filled.bridge, kind, page_size=3, order_by="name_desc")
    seen = 0
    for part in list(filled.bridge.parts):
        seen += len(part[f"nats_{kind}"])
        if part["cursor"] is not None:
            with filled.new_bridge() as bridge:
                assert [row["id"] for row in streamed(bridge, kind, cursor=part["cursor"])[1]] == wanted[seen:]
    assert seen == 7


def test_a_cursor_of_another_list_is_refused(bridge, account):
    make(bridge, account)
    make(bridge, account)
    cursor = streamed(bridge, "credentials", page_size=1, max_pages=1)[0]["cursor"]
    assert cursor is not None
    refused(bridge.error("accounts.stream", {"cursor": cursor}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor[:-4]}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor, "order_by": "name_asc"}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor, "nats_account_id": account}), "cursor")


def test_a_row_made_behind_the_cursor_is_seen(backend, bridge, account):
    first = [make(bridge, account)["id"] for _ in range(3)]
    cursor = streamed(bridge, "credentials", page_size=2, max_pages=1)[0]["cursor"]
    last = make(bridge, account)["id"]
    rows = streamed(backend.new_bridge(), "credentials", cursor=cursor)[1]
    assert [row["id"] for row in rows] == [first[2], last]


def test_rows_deleted_before_the_cursor_move_none_out_of_sight(backend, bridge, account):
    made = [make(bridge, account)["id"] for _ in range(6)]
    cursor = streamed(bridge, "credentials", page_size=2, max_pages=2)[0]["cursor"]
    bridge.result("credentials.delete", {"nats_credentials_id": made[0]})
    rows = streamed(backend.new_bridge(), "credentials", cursor=cursor)[1]
    assert [row["id"] for row in rows] == made[4:]
