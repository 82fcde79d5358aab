"""The backends that the contract is held against, and what a test of it asks of them."""

import contextlib
import re

from bridge import Bridge, masked
from nats_server import Port
from scaleway_service import Scaleway, public_key

NO_ACCOUNT = public_key(0, bytes(range(32)))
NO_CREDENTIAL = "00000000-0000-4000-8000-000000000000"
PROJECT, NO_PROJECT = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})(\d{3})?Z"
KINDS = ["accounts", "credentials"]
ID = {"accounts": "nats_account_id", "credentials": "nats_credentials_id"}
LETTERS, CHANGES = "cgaebdf", (5, 3, 0, 6, 4, 1, 2)
ORDERS = [f"{field}_{way}" for field in ("created_at", "updated_at", "name") for way in ("asc", "desc")]


class Backend:
    """One backend, empty at first. Whatever must differ between them is here and in the two classes below, and in no test."""

    def __init__(self, home, environment):
        self.home, self.environment = home, environment
        self.region = environment["SCW_DEFAULT_REGION"]
        self.opened = contextlib.ExitStack()

    def new_bridge(self):
        return self.opened.enter_context(Bridge(self.home, env=self.environment, cwd=self.home))

    def row(self, result):
        """A row as it is read later: times have six digits then, and what is said of a change is gone."""
        row = {name: value for name, value in result.items() if name not in ("pushed", "saved", "replaced", "not_deleted", "state")}
        for name in ("created_at", "updated_at"):
            row[name] = re.fullmatch(TIME, row[name])[1] + "Z"
        if "credentials" in row:
            row["credentials"] = None
        return row


class Local(Backend):
    """Has a state and news of servers, and needs no account to be named."""

    account_is_optional = True

    def row(self, result):
        assert result["state"] == "active"
        return super().row(result)

    def change(self, result):
        """`pushed` is there where a server would have to hear of it."""
        assert isinstance(result.get("pushed", True), bool)
        return self.row(result)


class OfScaleway(Backend):
    """Has neither: the service knows nothing of them."""

    account_is_optional = False

    def row(self, result):
        assert "state" not in result
        return super().row(result)

    def change(self, result):
        assert "pushed" not in result
        return self.row(result)


@contextlib.contextmanager
def backend_called(name, home):
    with contextlib.ExitStack() as stack:
        if name == "local":
            made = Local(home, {"SCW_DEFAULT_REGION": "local", "NATS_URL": stack.enter_context(Port()).url})
        else:
            made = OfScaleway(home, stack.enter_context(Scaleway()).environment)
        stack.enter_context(made.opened)
        yield made


def ordered(filled, kind, order):
    """The ids as a list of this order must have them."""
    field, _, way = order.rpartition("_")
    return filled.orders[kind][field][:: 1 if way == "asc" else -1]


def make_account(bridge, name="a", **params):
    return bridge.result("accounts.create", {"name": name, **params})


def make(bridge, account, name="c", **params):
    return bridge.result("credentials.create", {"nats_account_id": account, "name": name, **params})


def make_one(bridge, kind):
    """One of either kind; a credential gets an account of its own."""
    return make_account(bridge) if kind == "accounts" else make(bridge, make_account(bridge)["id"])


def get(bridge, kind, id):
    return bridge.result(f"{kind}.get", {ID[kind]: id})


def listed(bridge, kind, **params):
    return bridge.result(f"{kind}.list", {"page_size": 100, **params})[f"nats_{kind}"]


def ids(bridge, kind, **params):
    return [row["id"] for row in listed(bridge, kind, **params)]


def streamed(bridge, kind, **params):
    """The final result, and the rows of all parts."""
    answer = bridge.call(f"{kind}.stream", params)
    assert "result" in answer, masked(answer)
    parts = bridge.parts
    assert [(part["kind"], part["seq"]) for part in parts] == [("page", number + 1) for number in range(len(parts))]
    return answer["result"], [row for part in parts for row in part[f"nats_{kind}"]]


def refused(error, field):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (-32602, "invalid_params", "none", False), error
    assert [problem["name"] for problem in data["fields"]] == [field]


def not_found(error, kind, id):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1404, "not_found", "none", False), error
    assert (data["resource"], data["resource_id"]) == ("account" if kind == "accounts" else "credentials", id)
