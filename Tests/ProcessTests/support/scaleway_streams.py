"""Streams of Scaleway's regions: a stand-in whose rows have an order, streams by their ids, and what must hold of any of them."""

import fcntl
import itertools
import select
import sys
import termios

from bridge import Bridge, masked
from scaleway_service import Scaleway, reshape
from streaming import ask, rows_of

CREDENTIALS, ACCOUNTS = "credentials.stream", "accounts.stream"
LIST = "GET /nats-credentials$"
CLAMPS = [20, 7, 6, 3, 2, 1]
PIPE = 4096


class Service(Scaleway):
    """The stand-in with a clock of its own: no two rows are of the same microsecond, so that every order is one."""

    def __init__(self):
        super().__init__()
        self.clock = itertools.count(1_700_000_000_000_000_000, 1000).__next__

    def rows(self, count, what="credentials", name="row-{:05d}"):
        """That many rows of one account; their ids by age."""
        if what == "accounts":
            return [self.add_account(name.format(number))["id"] for number in range(count)]
        return self.add_many(self.account_id, count, name)

    @property
    def account_id(self):
        return next(iter(self.accounts), None) or self.add_account()["id"]

    def delete(self, ids):
        with self.changed:
            for id in ids:
                (self.credentials if id in self.credentials else self.accounts).pop(id)

    def at_request(self, number, change):
        """Does something when request `number` has come, and before it is looked at. As the walk asks for nothing ahead, the rows before it
        were sent by then."""
        self.on_request = lambda _: change() if len(self.requests) == number else None

    @property
    def lists(self):
        return [request for request in self.requests if request.method == "GET"]


def streamed(bridge, id="s"):
    """The ids of the rows of a stream that was asked for, its parts and its answer; what must hold of any stream holds."""
    parts = []
    while (message := bridge.message()).get("method") == "$/progress":
        assert message["params"]["token"] == id
        parts.append(message["params"]["value"])
    assert message["id"] == id, masked(message)
    return ids_of(parts), parts, checked(parts, message)


def ids_of(parts):
    return [row["id"] for part in parts for row in rows_of(part)]


def checked(parts, message):
    """The answer of a stream: its sums are those of its parts."""
    ids = ids_of(parts)
    assert [part["seq"] for part in parts] == list(range(1, len(parts) + 1)) and all(rows_of(part) for part in parts)
    assert len(set(ids)) == len(ids), "a row came twice"
    if "result" in message:
        sums = message["result"]
        assert sums["items"] == len(ids) and sums["region"] == "fr-par"
        assert sums["pages"] == sum(part["cursor"] is not None for part in parts)
        assert sums["cursor"] is None or not sums["complete"] and sums["cursor"] == parts[-1]["cursor"]
    else:
        data = message["error"]["data"]
        assert data.get("items_sent", 0) == len(ids) and data.get("cursor") == (parts[-1]["cursor"] if parts else None)
    return message


def stream(bridge, method=CREDENTIALS, **params):
    """The ids of a whole stream, and its sums."""
    bridge.send(ask(method, params))
    ids, _, answer = streamed(bridge)
    assert "result" in answer, masked(answer)
    return ids, answer["result"]


def broken(bridge, method=CREDENTIALS, **params):
    """The ids of a stream that an error ends, and the error."""
    bridge.send(ask(method, params))
    ids, _, answer = streamed(bridge)
    assert "error" in answer, masked(answer)
    return ids, answer["error"]


def new_process(home, service, method=CREDENTIALS, **params):
    """A stream in a process of its own."""
    with Bridge(home, env=service.environment) as bridge:
        return stream(bridge, method, **params)


def ends_well(sums, count):
    return (sums["items"], sums["total_count"], sums["complete"], sums["moved"], sums["cursor"]) == (count, count, True, False, None)


def expected(service, order="created_at_asc", **filters):
    rows = [row for row in service.credentials.values() if filters.items() <= row.items()]
    field, _, way = order.rpartition("_")
    return [row["id"] for row in sorted(rows, key=lambda row: row[field], reverse=way == "desc")]


def count_becomes(service, count):
    """The service's own idea of how many rows there are; `count` is a function of the true one."""
    service.fail(LIST, reshape(lambda page: {**page, "total_count": count(page["total_count"])}), times=None)


def wait_until_full(pipe):
    """Until no more than a part of what is being written fits."""
    with select.epoll() as nothing:
        for _ in range(2000):
            waiting = int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
            if waiting > fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) - PIPE:
                return
            nothing.poll(0.01)
    raise AssertionError("the pipe does not fill")
