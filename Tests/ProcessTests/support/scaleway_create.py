"""Creating on Scaleway's regions: a create by its result or error, what the service was asked, and the ways in which an answer is lost."""

from issued import CREATE
from scaleway_retries import CUT_OFF
from scaleway_service import (
    answer, carried_out_then, close, endless_body, endless_headers, gateway_html, public_key, raw, redirect, reset, reshape, transform,
)  # fmt: skip

POST, LIST, DELETE = "POST /nats-credentials", "GET /nats-credentials$", "DELETE /nats-credentials/"
ACCOUNT = "POST /nats-accounts"
NOBODY = public_key(0, bytes(range(32)))
KNOWN = {"type": "conflict", "message": "no"}


def made(bridge, account, **params):
    return bridge.result(CREATE, {"nats_account_id": account["id"], **params})


def failed(bridge, account, **params):
    """The `data` of a create's error."""
    return bridge.error(CREATE, {"nats_account_id": account["id"], **params})["data"]


def methods(service):
    return [recorded.method for recorded in service.requests]


def posts(service):
    return [recorded for recorded in service.requests if recorded.method == "POST"]


def when(service, method, act):
    """Something that happens while the service reads such a request."""

    def seen(recorded):
        if recorded.method == method:
            act(recorded)

    service.on_request = seen


def body(data, type="application/json", status=200):
    return carried_out_then(answer(status, data, headers=[("Content-Type", type)]))


def promised_more(status, headers, data):
    return status, [(name, value + 10 if name == "Content-Length" else value) for name, value in headers], data


LOST = {
    "not JSON": (body(b"made"), "bad_response"),
    "half JSON": (transform(lambda status, headers, data: (status, headers, data[:-1])), "bad_response"),
    "JSON and more": (transform(lambda status, headers, data: (status, headers, data + b"]")), "bad_response"),
    "no body": (body(b""), "bad_response"),
    "an array": (body([]), "bad_response"),
    "an empty object": (body({}), "bad_response"),
    "null": (body(b"null"), "bad_response"),
    "no id": (reshape(lambda row: {**row, "id": None}), "bad_response"),
    "an id of another kind": (reshape(lambda row: {**row, "id": NOBODY}), "bad_response"),
    "an id that leads elsewhere": (reshape(lambda row: {**row, "id": f"../nats-accounts/{row['nats_account_id']}"}), "bad_response"),
    "another account's id": (reshape(lambda row: {**row, "nats_account_id": NOBODY}), "bad_response"),
    "another name and no secret": (reshape(lambda row: {**row, "name": "other", "credentials": None}), "bad_response"),
    "no name": (reshape(lambda row: {**row, "name": None}), "bad_response"),
    "HTML": (body(b"<html></html>", "text/html"), "bad_response"),
    "cut off": (transform(promised_more), "bad_response"),
    "not gzip": (transform(lambda s, headers, data: (s, [*headers, ("Content-Encoding", "gzip")], data)), "bad_response"),
    "no HTTP": (carried_out_then(raw(b"it is made\r\n\r\n")), "bad_response"),
    "too large": (carried_out_then(endless_body()), "bad_response"),
    "too many headers": (carried_out_then(endless_headers()), "bad_response"),
    "201": (transform(lambda status, headers, data: (201, headers, data)), "bad_response"),
    "204": (transform(lambda status, headers, data: (204, headers[:-1], b"")), "bad_response"),
    "a redirect": (carried_out_then(redirect(307, "/mnq")), "bad_response"),
    "500": (body({"message": "internal error"}, status=500), "backend_unavailable"),
    "502": (carried_out_then(gateway_html()), "backend_unavailable"),
    "503 with a time": (carried_out_then(answer(503, headers=[("Retry-After", "1")])), "backend_unavailable"),
    "504": (carried_out_then(gateway_html(504)), "backend_unavailable"),
    "501": (carried_out_then(answer(501)), "backend_unavailable"),
    "408": (carried_out_then(answer(408)), "backend_unavailable"),
    "reset": (carried_out_then(reset()), "network"),
    "closed": (carried_out_then(close()), "network"),
    **CUT_OFF,
}  # fmt: skip
DELETES = {"409": answer(409, KNOWN), "401": answer(401, {"message": "no"}), "500": answer(500)}


def changed(**members):
    return reshape(lambda row: {**row, **members})


def without(name):
    return reshape(lambda row: {key: value for key, value in row.items() if key != name})


def named(service, account, count, name="app"):
    return [service.add_credentials(account["id"], name)["id"] for _ in range(count)]
