"""Cursors of Scaleway's lists: which are refused, and what is in one."""

import json

from scaleway_streams import ACCOUNTS, CREDENTIALS, stream
from streaming import every_list, opened, refusal, tampered


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
