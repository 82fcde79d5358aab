"""Errors of Scaleway's API: every method, its error, and what every error of the service says."""

import contextlib
import json

from bridge import Bridge

# What passes of itself is asked for so often before it is an error.
ATTEMPTS = 4


def every_method(account, credential):
    """One call of each, and whether it changes something."""
    one, other = {"nats_account_id": account}, {"nats_credentials_id": credential}
    return {
        "credentials.list": ({}, False), "credentials.stream": ({}, False), "credentials.get": (other, False), "accounts.list": ({}, False),
        "accounts.stream": ({}, False), "accounts.get": (one, False), "credentials.create": ({**one, "name": "new"}, True),
        "credentials.delete": (other, True), "accounts.create": ({"name": "new"}, True), "accounts.update": ({**one, "name": "new"}, True),
        "accounts.delete": (one, True),
    }  # fmt: skip


METHODS = list(every_method(None, None))
CHANGES = [method for method in METHODS if every_method(None, None)[method][1]]


def together(home, service, calls, *options):
    """The answers to (method, params), each from a bridge of its own, so that pauses between attempts pass beside each other."""
    with contextlib.ExitStack() as stack:
        bridges = [stack.enter_context(Bridge(home, *options, env=service.environment)) for _ in calls]
        for bridge, (method, params) in zip(bridges, calls, strict=True):
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        return [bridge.message() for bridge in bridges]


def state(service):
    return json.dumps([service.accounts, service.credentials])


def hold(answered, code, kind, retryable=False, outcome="none", status=None, attempts=1, **more):
    """What every error of the service says."""
    error = answered["error"]
    data = error["data"]
    assert (error["code"], data["kind"], data["retryable"], data["outcome"]) == (code, kind, retryable, outcome), answered
    assert (data["http_status"], data["attempts"]) == (status, attempts)
    assert data["elapsed_ms"] >= 0
    assert {name: data.get(name) for name in more} == more
    assert "  " not in error["message"] and error["message"].isprintable()
    return error


HELP = "value length must be between 1 and 64 runes, inclusive"
DENIED = {"type": "denied_authentication", "message": "authentication is denied", "method": "api_key"}
NOBODY = {"type": "not_found", "message": "resource is not found"}


def field(name, reason, expected):
    return {"name": name, "reason": reason, "expected": expected}


def detail(name, reason, help_message=None):
    return {"argument_name": name, "reason": reason, **({"help_message": help_message} if help_message is not None else {})}


def invalid(*details):
    return {"type": "invalid_arguments", "message": "invalid argument(s)", "details": list(details)}


KINDS = {
    401: (1401, "unauthenticated"), 403: (1403, "permission_denied"), 404: (1502, "bad_response"), 409: (1409, "conflict"),
    410: (1410, "resource_expired"), 412: (1412, "precondition_failed"), 418: (1502, "bad_response"), 451: (1502, "bad_response"),
}  # fmt: skip


def everywhere(text):
    """A text in each place of an error's body that may be shown."""
    details = [{"argument_name": text, "reason": text, "help_message": text, "action": text, "resource": text, text: text}]
    names = ("message", "help_message", "resource", "resource_id", "current_state", "precondition", "expired_since", "reason", "method")
    return {**dict.fromkeys(names, text), "details": details}


def leaks(key, output):
    """Places where nine or more digits of the key stand in a row, whatever is between them. Chance alone makes no nine."""
    hexadecimal = b"0123456789abcdefABCDEF"
    digits = key.replace("-", "").encode()
    found = bytes(byte for byte in output if byte in hexadecimal).lower()
    return [at for at in range(len(digits) - 8) if digits[at : at + 9] in found]
