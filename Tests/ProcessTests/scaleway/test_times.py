"""A cursor that the bridge gives out is one that it takes, whatever stood in the service's times. Streams over rows of odd times, in both
orders of creation, resumed from every cursor; the seed is in the test's name."""

import random

import pytest


ROWS = 24
PIECES = [
    "2026", "-", "01", "T", ":", "00", ".", "123456789", "Z", "+", "+02:00", "e\u0301", "\U0001f1eb\U0001f1f7", " ", "1e9", "2026-01-01T00:00:00",
    "\u200d", "é", '"', "\\", "\u2028", "\x7f", "x" * 5000, "9" * 500, "\u0661", "\x00",
]  # fmt: skip
ODD = [
    None, "", "Z", "T", "now", "2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.Z", "2026-+1-01T00:00:00Z", "0000-00-00T00:00:00Z",
    "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00.5+02:00Z", "9999-12-31T23:59:60.999999999999Z", "2026-01-01T00:00:00." + "9" * 100_000 + "Z",
    "2026-01-01T00:00:00." + "e\u0301" * 9 + "Z", "2026-01-01T00:00:00.\u0661Z", "２０２６-01-01T00:00:00Z", "-" * 29,
]  # fmt: skip


def odd(random):
    """A time, or what a broken service may give for one."""
    if random.random() < 0.3:
        return random.choice(ODD)
    middle = "".join(random.choice(PIECES) for _ in range(random.randrange(8)))
    return random.choice(["{}", "2026-01-01T00:00:00.{}Z", "2026-01-01T00:00:0{}Z", "2026-01-01T{}"]).format(middle)


def windows(bridge, method, params, member):
    """The rows of each part of a stream, every window asked for with the cursor of the one before it."""
    cursor = None
    while True:
        answered = bridge.call(method, {**params, "max_pages": 1, **({"cursor": cursor} if cursor else {})})
        assert "result" in answered, answered["error"]
        yield [row for part in bridge.parts for row in part[member]]
        for part in bridge.parts:
            assert part["cursor"] is None or set(part["cursor"]) <= set("0123456789abcdef")
        cursor = answered["result"]["cursor"]
        if cursor is None:
            assert answered["result"]["complete"]
            return


@pytest.mark.parametrize("order", ["created_at_asc", "created_at_desc"])
@pytest.mark.parametrize("seed", range(12))
def test_every_row_comes_once_whatever_its_time(service, bridge, seed, order):
    chance = random.Random(seed)
    account = service.add_account("mine", created_at=odd(chance))["id"]
    ids = [service.add_credentials(account, mint=False, created_at=odd(chance), updated_at=odd(chance))["id"] for _ in range(ROWS)]
    for size in (1, 3, 10):
        found = list(windows(bridge, "credentials.stream", {"order_by": order, "page_size": size}, "nats_credentials"))
        assert sorted(row["id"] for rows in found for row in rows) == sorted(ids)
    others = [service.add_account("more", created_at=odd(chance))["id"] for _ in range(ROWS)]
    found = list(windows(bridge, "accounts.stream", {"order_by": order, "page_size": 5}, "nats_accounts"))
    assert sorted(row["id"] for rows in found for row in rows) == sorted([account, *others])


@pytest.mark.parametrize("order", ["created_at_asc", "created_at_desc"])
@pytest.mark.parametrize("seed", range(6))
def test_a_cursor_is_taken_when_all_it_remembers_is_gone(service, bridge, seed, order):
    """The time of the last row then tells the place, or nothing does; no row comes twice."""
    chance = random.Random(100 + seed)
    account = service.add_account("mine")["id"]
    for _ in range(ROWS):
        service.add_credentials(account, mint=False, created_at=odd(chance))
    seen, cursor = [], None
    while True:
        params = {"order_by": order, "page_size": 4, "max_pages": 1, **({"cursor": cursor} if cursor else {})}
        answered = bridge.call("credentials.stream", params)
        assert "result" in answered, answered["error"]
        rows = [row["id"] for part in bridge.parts for row in part["nats_credentials"]]
        seen += rows
        for id in rows:
            del service.credentials[id]
        cursor = answered["result"]["cursor"]
        if cursor is None:
            break
    assert len(set(seen)) == len(seen)
    assert not answered["result"]["complete"] or not service.credentials
