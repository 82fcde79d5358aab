"""Repeats: faults that pass, and the calls that meet them."""

from messages import call
from scaleway_service import answer, bare_429, close, gateway_html, raw, reset

GET, GET_ACCOUNT, UPDATE = "credentials.get", "accounts.get", "accounts.update"
DELETE, DELETE_ACCOUNT = "credentials.delete", "accounts.delete"
POST = "POST /nats-credentials"
NOTHING = "00000000-0000-4000-8000-000000000000"
# Long, but within the time that a request has by default.
FOR_LONG = ("Retry-After", "20")


def asked(service, method=None, suffix=None):
    return [each for each in service.requests if method in (None, each.method) and suffix in (None, each.suffix)]


def credential(id):
    return f"/nats-credentials/{id}"


def cancel(bridge, id):
    """With a ping, whose answer says that the cancel was read."""
    bridge.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": id}})
    bridge.send(call("ping", "bridge.ping"))


# Nothing is carried out. With the kind of the error when no attempt is left, and whether a change may have happened.
PASSING = {
    "500": (answer(500, {"message": "internal error"}), "backend_unavailable", True),
    "502 HTML": (gateway_html(), "backend_unavailable", True),
    "503": (answer(503), "backend_unavailable", True),
    "504": (gateway_html(504), "backend_unavailable", True),
    "408": (answer(408), "backend_unavailable", True),
    "429": (bare_429(), "rate_limited", False),
    "429 and at once": (answer(429, headers=[("Retry-After", "0")]), "rate_limited", False),
    "429 of a product": (answer(429, {"type": "too_many_requests", "message": "no", "reset_seconds": 0}), "rate_limited", False),
    "transient state": (answer(409, {"type": "transient_state", "current_state": "x", "message": "no"}), "transient_state", False),
    "locked": (answer(423, {"type": "locked", "message": "no"}), "resource_locked", False),
    "reset": (reset(), "network", True),
    "closed": (close(), "network", True),
    "no HTTP": (raw(b"later\r\n\r\n"), "bad_response", True),
}
# Carried out, and the answer cut off.
CUT_OFF = {
    "reset in the headers": (reset("headers"), "network"),
    "closed in the headers": (close("headers"), "bad_response"),
    "reset before the body": (reset("body-start"), "network"),
    "closed before the body": (close("body-start"), "bad_response"),
    "reset in the body": (reset("mid-body"), "network"),
    "closed in the body": (close("mid-body"), "bad_response"),
}


def failing_rows(service, account, faults, times, method="GET"):
    """A credential for each fault; gives their ids by the fault's name."""
    ids = {name: service.add_credentials(account["id"], name, mint=False)["id"] for name in faults}
    for name, id in ids.items():
        service.fail(f"{method} {credential(id)}$", faults[name][0], times)
    return ids


CALLS = {
    "credentials.list": {}, "credentials.create": {"nats_account_id": None}, "accounts.create": {}, UPDATE: {"nats_account_id": None, "name": "n"},
    DELETE: {"nats_credentials_id": NOTHING}, DELETE_ACCOUNT: {"nats_account_id": None},
}  # fmt: skip
CHANGES = [name for name in CALLS if name != "credentials.list"]


def params_of(method, account):
    return {name: value or account["id"] for name, value in CALLS[method].items()}
