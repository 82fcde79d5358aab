"""Streams of the region local: their rows and sums, and a home with rows of all sorts."""

import json

from bridge import Bridge, masked
from streaming import LISTS, ask, rows_of

OWN_PROJECT = "00000000-0000-0000-0000-000000000000"
OTHER_PROJECT = OWN_PROJECT.replace("0", "1")
NAMES = [
    "a", "B", "b", "same", "same", "same", "Z", "10", "9", " ", '"\\', "a b", "\u00e9", "e\u0301", "\u00df", "\U0001f600", "\uffff",
    "\u2028",
]  # fmt: skip
MIB = 1 << 20


def local(home, **more):
    return Bridge(home, "--region", "local", "--nats-url", "nats://127.0.0.1:1", **more)


def streamed(bridge, id="s"):
    """The rows of a stream that was asked for, its parts and its answer; everything that must hold of any stream holds."""
    parts, others = [], []
    while True:
        message = bridge.message()
        assert message is not None, "the bridge ended"
        if message.get("method") == "$/progress":
            assert message["params"]["token"] == id
            parts.append(message["params"]["value"])
        elif message["id"] == id:
            break
        else:
            others.append(message)
    rows = [row for part in parts for row in rows_of(part)]
    assert [part["seq"] for part in parts] == list(range(1, len(parts) + 1))
    assert {part["kind"] for part in parts} <= {"page"} and all(rows_of(part) for part in parts)
    assert len({row["id"] for row in rows}) == len(rows), "a row came twice"
    if "result" in message:
        assert message["result"]["items"] == len(rows) and message["result"]["region"] == "local"
        assert message["result"]["pages"] == sum(part["cursor"] is not None for part in parts)
    return rows, parts, message, others


def stream(bridge, method="credentials.stream", **params):
    """The rows and the sums of a whole stream."""
    bridge.send(ask(method, params))
    rows, _, answer, _ = streamed(bridge)
    assert "result" in answer, masked(answer)
    return rows, answer["result"]


def listed(bridge, what, **params):
    """All rows by pages of a list."""
    rows, page = [], 1
    while page:
        result = bridge.result(f"{what}.list", {"page": page, "page_size": 100, **params})
        rows += result[LISTS[what]]
        page = result["next_page"]
    return rows


def make(bridge, method, names, **params):
    """So many at once; gives them in their order."""
    made = []
    for start in range(0, len(names), 100):
        bridge.send([json.loads(ask(method, {**params, "name": name}, n)) for n, name in enumerate(names[start : start + 100])])
        made += [answer["result"] for answer in sorted(bridge.message(), key=lambda answer: answer["id"])]
    return made


class World:
    """Accounts with names of all sorts, one of them renamed, and two with credentials: 237 and 13."""

    def __init__(self, home):
        self.home = home
        with local(home) as bridge:
            accounts = make(bridge, "accounts.create", NAMES * 2)
            self.large, self.small = (account["id"] for account in accounts[:2])
            make(bridge, "credentials.create", (NAMES * 14)[:237], nats_account_id=self.large)
            make(bridge, "credentials.create", NAMES[:13], nats_account_id=self.small)
            bridge.result("accounts.update", {"nats_account_id": self.large, "name": "renamed"})
            assert bridge.end()[0] == 0
