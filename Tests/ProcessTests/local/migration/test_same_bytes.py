"""Whatever the version of a store: every get, list and stream gives the same bytes before the migration, after it, and of a store that never
had one."""

import itertools
import json
import shutil

import pytest

import version_1
from bridge import Bridge
from migration import VERSION, look
from process_tools import state_folder
from revoking import Home, create, listed

NAMES = ["app", " ", ".", "\"quoted\"", "back\\slash", "é", "e\u0301", "\U0001f600", "\u2028", "</script>", "x" * 64, "ü" * 500, "b", "a", "b"]
ORDERS = [f"{key}_{way}" for key, way in itertools.product(("created_at", "updated_at", "name"), ("asc", "desc"))]
PAGE = 4


@pytest.fixture
def stores(home, port):
    """The same rows in a store of this version, in one of version 1 and in one of version 3: of two projects and three accounts; some
    of one microsecond, one made before those that stand before it, and one being revoked."""
    places = {version: Home(home / str(version), port) for version in (VERSION, 1, 3)}
    here = places[VERSION]
    with here.bridge() as bridge:
        projects = [None, "11111111-1111-4111-8111-111111111111"]
        params = [{"name": f"account {number}"} | ({"project_id": project} if project else {}) for number, project in enumerate(projects * 2)]
        accounts = [bridge.result("accounts.create", each)["id"] for each in params]
        for number, name in enumerate(NAMES):
            create(bridge, name, nats_account_id=accounts[number % 3])
        assert bridge.end()[0] == 0
    with here.store() as store:
        numbers = [number for (number,) in store.execute("SELECT number FROM credentials ORDER BY number")]
        # As a migration numbers those of one microsecond: by their ids.
        tied = sorted(store.execute("SELECT id FROM credentials WHERE number BETWEEN ? AND ?", [numbers[2], numbers[5]]))
        for step, (id,) in enumerate(tied):
            store.execute("UPDATE credentials SET number = ?, created_at = ? WHERE id = ?", [numbers[0] - 100 + step, numbers[0] - 100, id])
        earlier = [numbers[0] - 1000, numbers[9]]
        store.execute("UPDATE credentials SET number = ?1, created_at = ?1 WHERE number = ?2", earlier)
        store.execute("UPDATE credentials SET state = 'revoking', revoking_iat = 1 WHERE number = ?", [numbers[7]])
    # Or whoever serves would go on with it, which is a change and migrates.
    assert not (here.state / "pending").exists()
    for version in (1, 3):
        shutil.copytree(here.folder, places[version].folder)
        version_1.turn_back(places[version].state, version)
    return places, accounts, projects[1]


def requests(accounts, project):
    """Every way to read credentials, but by a cursor."""
    filters = [{}, {"project_id": project}, *({"nats_account_id": account} for account in accounts)]
    filters += [{"project_id": project, "nats_account_id": account} for account in accounts]
    for order, params in itertools.product(ORDERS, filters):
        params = {"order_by": order, "page_size": PAGE, **params}
        yield from (("credentials.list", {**params, "page": page}) for page in range(1, 6))
        yield "credentials.stream", params


def lines(bridge, method, params):
    """All that a request gets, as it stands on the wire."""
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    got = [bridge.line()]
    while got[-1].startswith(b'{"jsonrpc":"2.0","method":"$/progress"'):
        got.append(bridge.line())
    assert b'"result"' in got[-1], got[-1]
    return got


def everything(place, asked):
    with place.bridge() as bridge:
        gets = [("credentials.get", {"nats_credentials_id": id}) for id in sorted(listed(bridge))]
        found = [lines(bridge, *each) for each in [*gets, *asked]]
        assert bridge.end()[0] == 0
    return found


def without_cursor(line):
    message = json.loads(line)
    message.get("params", {}).get("value", message.get("result", {})).pop("cursor", None)
    return json.dumps(message)


def test_every_read_gives_the_same_bytes(stores):
    places, accounts, project = stores
    asked = list(requests(accounts, project))
    new = everything(places[VERSION], asked)
    gets = b"".join(line for each in new[: len(NAMES)] for line in each)
    assert len(new) == len(NAMES) + len(asked) and gets.count(b'"state":"revoking"') == 1
    for version in (1, 3):
        older = everything(places[version], asked)
        assert look(places[version].state)[0] == version
        # The cursor of a row tells the place of the row, which of several of one microsecond is another.
        assert [list(map(without_cursor, each)) for each in older] == [list(map(without_cursor, each)) for each in new]
        with places[version].bridge() as bridge:
            bridge.result("accounts.update", {"nats_account_id": accounts[3], "name": "migrates"})
            assert bridge.end()[0] == 0
        assert look(places[version].state)[0] == VERSION
        assert everything(places[version], asked) == new


def test_a_cursor_of_an_older_version_goes_on_after_the_migration(stores):
    places, accounts, _ = stores
    for order in ORDERS:
        params = {"order_by": order, "page_size": 1, "max_pages": 1}
        # At each row of the older store one stream ends.
        with Bridge(places[3].folder, *places[3].arguments) as bridge:
            rows, cursors = read(bridge, params)
            assert bridge.end()[0] == 0
        with places[VERSION].bridge() as bridge:
            for number, cursor in enumerate(cursors, 1):
                assert read(bridge, {"cursor": cursor})[0] == rows[number:], (order, number)
            assert bridge.end()[0] == 0
    assert look(places[3].state)[0] == 3 and state_folder(places[3].folder) == places[3].state


@pytest.mark.parametrize("order", ["created_at_asc", "created_at_desc"])
def test_a_cursor_of_an_older_version_goes_on_also_where_its_row_is_gone(stores, order):
    places, _, _ = stores
    with places[3].bridge() as bridge:
        rows, cursors = read(bridge, {"order_by": order, "page_size": 1, "max_pages": 1})
        assert bridge.end()[0] == 0
    with places[VERSION].bridge() as bridge:
        (revoking,) = [id for id, row in listed(bridge).items() if row["state"] == "revoking"]
        for number, cursor in enumerate(cursors, 1):
            if rows[number - 1] != revoking:
                assert bridge.result("credentials.delete", {"nats_credentials_id": rows[number - 1]})["deleted"]
            # What is being revoked goes meanwhile.
            assert [id for id in read(bridge, {"cursor": cursor})[0] if id != revoking] == [id for id in rows[number:] if id != revoking], number
        assert bridge.end()[0] == 0


def read(bridge, params):
    """The ids of all rows, and the cursor behind each page but the last."""
    ids, cursors = [], []
    while True:
        ended = bridge.result("credentials.stream", params)
        ids += [row["id"] for part in bridge.parts for row in part["nats_credentials"]]
        if ended["complete"]:
            return ids, cursors
        cursors.append(ended["cursor"])
        params = {key: value for key, value in params.items() if key == "max_pages"} | {"cursor": ended["cursor"]}
