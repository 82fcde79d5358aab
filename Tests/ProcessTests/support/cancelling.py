"""Requests that are ended early: what each method is asked for, and how it is answered."""

import datetime

from bridge import Bridge, masked
from process_tools import request, state_folder
from traffic import METHODS, schema

LOCAL = {"region": "local"}
ACCOUNT = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
UUID = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
CANCELLED, LATE = (-32800, "cancelled", "none"), (1408, "timeout", "none")
ROUTED = sorted(method for method in METHODS if not method.startswith(("bridge.", "rpc.")))
READS = [method for method in ROUTED if schema(method)["x-effect"] == "read"]
MUTATIONS = [method for method in ROUTED if schema(method)["x-effect"] == "mutation"]


def ask(method, params=None, id=1):
    return request(method, params, id)[:-1]


def kind(answer):
    """The code, the kind and the outcome of an error."""
    assert "error" in answer, masked(answer)
    return answer["error"]["code"], answer["error"]["data"]["kind"], answer["error"]["data"]["outcome"]


def serves_on_and_says_no_more(bridge, *ids):
    """The ids are free, the next line is served, and nothing comes beyond that."""
    for id in [*ids, "next"]:
        assert bridge.call("bridge.ping", id=id)["result"] == {}
    assert bridge.end() == (0, b"", b"")


class Stage:
    """A home with an account that has a credential, and what each method is asked for there."""

    def __init__(self, home):
        self.home = home
        with Bridge(home, "--region", "local") as bridge:
            self.account = bridge.result("accounts.create", {"name": "before"})["id"]
            self.credential = bridge.result("credentials.create", {"name": "before"})["id"]
            assert bridge.end()[0] == 0

    def params(self, method, **more):
        params = {"region": "local", **more}
        if method in ("accounts.get", "accounts.update", "accounts.delete", "credentials.revoke"):
            params["nats_account_id"] = self.account
        if method in ("credentials.get", "credentials.delete"):
            params["nats_credentials_id"] = self.credential
        if method in ("accounts.create", "accounts.update", "credentials.create"):
            params["name"] = "after"
        if method == "credentials.revoke":
            params["issued_before"] = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        if method == "credentials.create":
            params |= {"save_to": str(self.home / "app.creds"), "nats_context": "app"}
        return params

    def ask(self, method, id, **more):
        return ask(method, self.params(method, **more), id)

    def rows(self):
        """Everything a new process sees, and the files that came with it."""
        with Bridge(self.home, "--region", "local") as bridge:
            accounts = bridge.result("accounts.list")["nats_accounts"]
            credentials = bridge.result("credentials.list")["nats_credentials"]
        files = [str(path) for path in self.home.rglob("*") if path.is_file() and state_folder(self.home) not in path.parents]
        return accounts, credentials, files


def unchanged(after, before):
    """The renaming to the same name that stood in the way is the only trace."""
    accounts = [{**row, "updated_at": None} for row in after[0]]
    return (accounts, *after[1:]) == ([{**row, "updated_at": None} for row in before[0]], *before[1:])

