"""Streams and lists as every backend has them: their orders, how one is asked for and refused, and what a cursor is made of."""

import json

import pytest

from bridge import masked
from process_tools import request

ORDERS = ["created_at_asc", "created_at_desc", "updated_at_asc", "updated_at_desc", "name_asc", "name_desc"]
LISTS = {"credentials": "nats_credentials", "accounts": "nats_accounts"}
every_list = pytest.mark.parametrize("what", LISTS)


def ask(method, params=None, id="s"):
    return request(method, params, id)[:-1]


def rows_of(part):
    return part.get("nats_credentials", part.get("nats_accounts"))


def refusal(bridge, method="credentials.stream", **params):
    """The one field that a stream is refused for; no part comes."""
    bridge.send(ask(method, params))
    message = bridge.message()
    assert message.get("id") == "s" and "error" in message, masked(message)
    error = message["error"]
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (-32602, "invalid_params", "none")
    [field] = error["data"]["fields"]
    return field


def opened(cursor):
    return json.loads(bytes.fromhex(cursor))


def tampered(cursor, **members):
    """The same cursor with other members; `None` takes one out."""
    value = {name: member for name, member in {**opened(cursor), **members}.items() if member is not None}
    return json.dumps(value, separators=(",", ":")).encode().hex()
