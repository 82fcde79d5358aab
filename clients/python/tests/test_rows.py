"""Rows are made in two ways: all of a page at once where they are as usual, else one by one. Both give the same."""

import copy
import dataclasses
import pickle

import pytest

from nats_credentials_bridge import Account, Credential, ProtocolError
from nats_credentials_bridge._calls import ACCOUNTS, CREDENTIALS
from nats_credentials_bridge._decode import decode

CREDENTIAL = {
    "id": "i",
    "name": "n",
    "nats_account_id": "A",
    "region": "local",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": None,
    "checksum": "c",
    "state": "active",
    "credentials": None,
}
ACCOUNT = {
    "id": "i",
    "name": "n",
    "endpoint": "nats://e",
    "project_id": "p",
    "region": "local",
    "created_at": "2026-01-01T00:00:00Z",
    "updated_at": "2026-01-02T00:00:00Z",
    "state": "active",
    "pushed": True,
}
KINDS = [(CREDENTIALS, Credential, CREDENTIAL), (ACCOUNTS, Account, ACCOUNT)]


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


def pages(row):
    """Usual pages, unusual ones, and such as no bridge may write."""
    optional = [name for name in row if name in ("created_at", "updated_at", "checksum", "state", "pushed")]
    yield from ([], [row], [row] * 3, [row, {**row, "id": "j"}], [dict(reversed(list(row.items())))])
    yield [without(row, *optional)] * 2
    for name in row:
        yield [without(row, name)]
        yield [row, without(row, name)]
        yield [{**row, name: None}, {**row, name: 1}, {**row, name: {"a": []}}]
    for name in "raw", "colour", "from_wire", "__dict__", "__class__", "":
        yield [{**row, name: "red"}] * 2
        yield [row, {**row, name: {"red": 1}}]
    yield [{**without(row, "id"), "colour": "red"}]
    yield from ([None], [1], ["id"], [[]], [{}], [list(row)], [row, None], [row, list(row)], [[{}]], [row, [{}]])
    yield from (None, 1, "", "rows", {}, row, True)


def outcome(make, page):
    """What is made of a page, or how it is refused."""
    try:
        return decode(make, copy.deepcopy(page), "credentials.list")
    except ProtocolError as error:
        return str(error).partition(" (")[0]


@pytest.mark.parametrize(("listed", "cls", "row"), KINDS)
def test_both_ways_give_the_same(listed, cls, row, monkeypatch):
    from_wire, one_by_one, at_once = cls.from_wire, [], 0
    monkeypatch.setattr(cls, "from_wire", lambda wire: one_by_one.append(wire) or from_wire(wire))
    for page in pages(row):
        one_by_one.clear()
        got = outcome(lambda page: listed.rows({listed.member: page}), page)
        at_once += isinstance(got, tuple) and len(got) > len(one_by_one) == 0
        wanted = outcome(lambda page: tuple(map(from_wire, page)), page)
        assert got == wanted
        assert repr(got) == repr(wanted)
        if not isinstance(got, tuple):
            continue
        for made, expected in zip(got, wanted):
            assert type(made) is cls
            assert {**vars(made), "raw": made.raw} == vars(expected)
            assert dataclasses.astuple(made) == dataclasses.astuple(expected)
            assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == dataclasses.replace(made) == expected
    assert at_once > 10


@pytest.mark.parametrize(("listed", "cls", "row"), KINDS)
def test_rows_of_a_page_share_nothing_that_could_be_changed(listed, cls, row):
    one, other = listed.rows({listed.member: [dict(row), dict(row)]})
    assert hash(one) == hash(other)
    for frozen in "name", "raw", "__dict__", "colour":
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, frozen, {})
    one.raw["colour"] = "red"
    assert (one.raw, other.raw, pickle.loads(pickle.dumps(one)).raw) == ({"colour": "red"}, {}, {"colour": "red"})
    assert one != other
    with pytest.raises(AttributeError):
        cls.raw  # noqa: B018


@pytest.mark.parametrize(("listed", "cls", "row"), KINDS)
def test_the_rows_above_have_all_members(listed, cls, row):
    assert {field.name for field in dataclasses.fields(cls)} == {*row, "raw"}
