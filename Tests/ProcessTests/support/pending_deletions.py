"""A deletion that some nats-server has not heard of: a home with a victim in it, what is said of it, and scenarios on such a stage."""

import contextlib
import functools

from beside import Beside
from live_clients import Client, hear_each_other, server_name
from nats_server import Port
from revoking import DELETE, Home, create, eventually, listed


class Staged(Beside):
    """Scenarios that play on a stage of their own, which has a home folder."""

    def __call__(self, stage, **variants):
        """Registers a function to be run on such a stage; once for each variant, which it gets as a second argument."""

        def register(function):
            name = function.__name__.replace("_", " ")
            for variant, value in variants.items():
                self[f"{name} ({variant.replace('_', ' ')})"] = functools.partial(play, stage, function, value)
            if not variants:
                self[name] = functools.partial(play, stage, function)
            return function

        return register


def play(stage, function, *value_and_folder):
    *value, folder = value_and_folder
    with stage(folder) as case:
        function(case, *value)


class Case(Home):
    """A home with an account, a neighbour and a victim in it, and a bridge that serves."""

    @contextlib.contextmanager
    def stopping(self):
        try:
            yield self
        finally:
            self.server.stop()

    def begin(self, bridge):
        self.serving = bridge
        self.neighbour = create(bridge, "neighbour")[1]
        self.id, self.creds = create(bridge, "victim")
        self.account = bridge.result("accounts.list")["nats_accounts"][0]["id"]
        self.name = server_name(self)

    def delete(self, bridge=None, **params):
        return (bridge or self.serving).call(DELETE, {"nats_credentials_id": self.id, **params})

    def deletes(self, bridge=None):
        answer = self.delete(bridge)
        assert answer.get("result") == {"nats_credentials_id": self.id, "deleted": True, "region": "local"}, answer
        self.is_over(bridge)

    def leaves_pending(self, bridge=None, servers=None, reason="silent", **params):
        """Asks for the deletion, which is recorded and not enforced."""
        error = self.delete(bridge, **params)["error"]
        is_pending(error, "credentials", self.id, servers or [self.name], reason)

    def is_revoking(self, bridge=None):
        """Seen so by lists, gets and the bridge itself."""
        bridge = bridge or self.serving
        assert {row["name"]: row["state"] for row in listed(bridge).values()} == {"neighbour": "active", "victim": "revoking"}
        page = bridge.result("credentials.list", {"nats_account_id": self.account})
        assert {row["name"]: row["state"] for row in page["nats_credentials"]} == {"neighbour": "active", "victim": "revoking"}
        assert bridge.result("credentials.get", {"nats_credentials_id": self.id})["state"] == "revoking"
        assert bridge.result("bridge.info")["pending_pushes"] == 1
        assert (self.state / "pending").exists()

    def is_over(self, bridge=None):
        """Deleted for everybody."""
        bridge = bridge or self.serving
        assert {row["name"]: row["state"] for row in listed(bridge).values()} == {"neighbour": "active"}
        assert bridge.error("credentials.get", {"nats_credentials_id": self.id})["data"]["kind"] == "not_found"
        assert bridge.result("bridge.info")["pending_pushes"] == 0
        assert self.delete(bridge)["error"]["data"]["kind"] == "not_found"

    def is_enforced(self):
        assert not self.is_accepted(self.creds) and self.is_accepted(self.neighbour)

    def mark_goes(self):
        eventually(lambda: not (self.state / "pending").exists(), "the mark stays")


def is_pending(error, resource, id, servers, reason):
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (1504, "revocation_pending", True, "done"), error
    assert (data["servers"], data["reason"], data["resource"], data["resource_id"]) == (servers, reason, resource, id), error
    assert 0 < data["retry_after_ms"] <= 60_000


@contextlib.contextmanager
def unserved(folder):
    """Nobody listens yet."""
    with Port() as port, Case(folder, port).stopping() as case, case.bridge() as bridge:
        case.begin(bridge)
        yield case


@contextlib.contextmanager
def served(folder):
    """The server has let both in."""
    with unserved(folder) as here, here.server:
        here.serving.result("accounts.update", {"nats_account_id": here.account, "name": "known to the server"})
        with Client(here.port, here.creds) as victim, Client(here.port, here.neighbour) as other:
            hear_each_other(victim, other)
            here.victim, here.other = victim, other
            yield here
