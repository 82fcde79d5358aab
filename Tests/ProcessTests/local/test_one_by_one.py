"""What is written at once has the answers and leaves the store that the same requests have and leave one by one.

Random rounds of requests go through two bridges, each with a home of its own: one is sent a round at once, the other each request when the
one before it was answered. Ids, keys, times and secrets are not compared, but which of them are the same."""

import contextlib
import json
import random
import re

import pytest

from issued import local
from messages import request
from nats_server import Port
from revoking import CREATE, DELETE, Home, payload

ROUNDS, MOST = 14, 40
UNKNOWN = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
# By their columns, times and keys left out.
TABLES = {
    "accounts": "name, is_unwritten, closing_iat IS NULL, unknown_since IS NULL", "signing_keys": "generation, issued, alive",
    "credentials": "name, state, iat > 0, revoking_iat IS NULL", "revocations": "user_key = '*'", "pending_pushes": "1", "unheard": "1",
    "acknowledgements": "1", "counts": "list, rows", "closed_accounts": "is_purging, token <> ''",
}  # fmt: skip


class Side:
    """One of the two bridges, and what it has made, in the order of the requests."""

    def __init__(self, home, at_once):
        self.home, self.at_once, self.names = home, at_once, {}
        self.ids, self.accounts = [], []

    def ask(self, requests):
        """The answers in the order they came; reads may come whenever they are done."""
        if self.at_once:
            self.bridge.send(*requests)
            found = [self.bridge.message() for _ in requests]
        else:
            found = [self.bridge.call(line["method"], line["params"], line["id"]) for line in requests]
        for answer in sorted(found, key=lambda answer: answer["id"]):
            result = answer.get("result", {})
            if "checksum" in result:
                self.ids.append(result["id"])
            elif "endpoint" in result:
                self.accounts.append(result["id"])
        writes = [answer for answer in found if answer["id"] % 2]
        return [self.plain(answer) for answer in writes + sorted((a for a in found if not a["id"] % 2), key=lambda a: a["id"])]

    def plain(self, value):
        """Without what differs in every run: times go, and whatever else does is called by when it came first."""
        text = json.dumps(value)
        text = re.sub(r'"content": "[^"]*"', '"content": "…"', text)
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
        text = re.sub(r'"checksum": "\w{40}"', '"checksum": "…"', text)
        text = text.replace(str(self.home.folder), "HOME").replace(str(self.home.port.number), "PORT")
        text = re.sub(r'(?<="candidates": )\[.*?\]', lambda found: json.dumps(sorted(map(self.called, json.loads(found[0])))), text)
        return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\bA[A-Z2-7]{55}\b", lambda found: self.called(found[0]), text)

    def called(self, id):
        return id if id == UNKNOWN else self.names.setdefault(id, f"id {len(self.names)}")

    def store(self):
        rows = {table: sorted(self.home.rows(f"SELECT {columns} FROM {table}")) for table, columns in TABLES.items()}
        files = {self.called(path.stem): payload(path.read_text()) for path in sorted((self.home.state / "resolver").glob("*.jwt"))}
        files = {name: (claims["name"], len(claims["nats"].get("revocations", {}))) for name, claims in files.items()}
        return rows, dict(sorted(files.items()))


def a_round(chance, number, sides):
    """Pairs of one request to each side, which name what each side has made in the same place. Reads have even ids."""
    count = {len(side.ids) for side in sides}
    accounts = {len(side.accounts) for side in sides}
    assert len(count) == len(accounts) == 1, "one has made more than the other"
    (count,), (accounts,) = count, accounts
    kinds = ["create", "delete"] if chance.random() < 0.5 else ["create"] * 4 + ["delete"] * 4 + ["read", "other", "saved", "unknown", "account"]
    wanted, recent = [], []
    for place in range(chance.randint(2, MOST)):
        kind, id = chance.choice(kinds), (number * MOST + place) * 2 + 1
        account = chance.randrange(accounts)
        some = chance.choice(recent) if recent and chance.random() < 0.1 else chance.randrange(count)
        name = f"name {chance.randrange(30)}"
        if kind == "delete":
            recent.append(some)
        wanted.append([what(kind, id - (kind == "read"), name, side, account, some, chance.getstate()) for side in sides])
        chance.random()
    return zip(*wanted)


def what(kind, id, name, side, account, some, state):
    chance = random.Random()
    chance.setstate(state)
    place = {"nats_account_id": side.accounts[account]}
    credential = {"nats_credentials_id": side.ids[some]}
    match kind:
        case "create":
            return request(CREATE, {"name": name, **place}, id)
        case "saved":
            file = {"save_to": str(side.home.folder / f"{name}.creds"), "if_exists": chance.choice(["allow", "fail", "replace"])}
            return request(CREATE, {"name": name, **place, **file}, id)
        case "delete":
            return request(DELETE, {**credential, "missing_ok": chance.random() < 0.3}, id)
        case "unknown":
            return chance.choice([request(DELETE, {"nats_credentials_id": UNKNOWN}, id), request(CREATE, {"name": name}, id)])
        case "read":
            order = chance.choice(["created_at_asc", "created_at_desc"])
            return chance.choice([request("credentials.get", credential, id), request("accounts.list", {}, id), request("credentials.list", {"order_by": order, "page_size": 100}, id)])
        case "other":
            return request("accounts.update", {**place, "name": name}, id)
        case "account":
            return chance.choice([request("accounts.create", {"name": name}, id), request("accounts.delete", place, id)])


def begin(side, has_server):
    """Two accounts, the second with a signing key that has nearly served its share."""
    side.home.folder.mkdir()
    side.bridge = side.home.bridge()
    for name in ("first", "second"):
        side.accounts.append(side.bridge.result("accounts.create", {"name": name})["id"])
    for account, count in zip(side.accounts, (20, 490)):
        side.bridge.send(*[request(CREATE, {"name": f"name {n % 30}", "nats_account_id": account}, n) for n in range(count)])
        side.ids += [side.bridge.message()["result"]["id"] for _ in range(count)]
    for id in side.accounts + side.ids:
        side.called(id)
    if has_server:
        side.home.server.start()
        # Acknowledged once, it must hear of everything.
        for account in side.accounts:
            side.bridge.result("accounts.update", {"nats_account_id": account, "name": "told"})


@pytest.mark.parametrize("seed", range(6))
def test_at_once_is_as_one_by_one(seed, home):
    """With a server that runs, where the seed is odd."""
    print(f"seed {seed}")
    with Port() as first, Port() as second, contextlib.ExitStack() as stack:
        sides = [Side(Home(home / name, port), name == "at once") for name, port in (("at once", first), ("one by one", second))]
        for side in sides:
            stack.callback(side.home.server.stop)
            begin(side, has_server=seed % 2 == 1)
            stack.enter_context(side.bridge)
        for number in range(ROUNDS):
            chance = random.Random(f"{seed} {number}")
            for one, other in zip(*(side.ask(requests) for side, requests in zip(sides, a_round(chance, number, sides))), strict=True):
                assert one == other
        together, alone = (side.store() for side in sides)
        assert together == alone
