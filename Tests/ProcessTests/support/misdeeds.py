"""Misdeeds of a hostile or broken service, beside the faults of the stand-in."""

import json

from scaleway_service import answer, raw, transform

GET, LIST, CREATE, DELETE = METHODS = ("credentials.get", "credentials.list", "credentials.create", "credentials.delete")
# For a service that is silent for ever, and for one that is not: of the latter nothing is to be used up.
BRIEFLY, LONG = 1500, 15_000
NAME = b'"name":"victim"'
JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def whole(body, *headers):
    """A 200 with this body, well framed."""
    return answer(200, body, [("Content-Type", "application/json"), *headers])


def with_body(change):
    """The normal answer with other bytes for its body, where it has one."""
    return transform(lambda status, headers, body: (status, headers, change(body) if body else body))


def with_row(member):
    """The normal answer, with more in the row or rows."""
    return with_body(lambda body: body.replace(NAME, NAME + b"," + member))


def with_headers(*more, status=None):
    """The normal answer, with more headers."""
    return transform(lambda normal, headers, body: (status or normal, [*headers, *more], body))


def with_length(change):
    return transform(
        lambda status, headers, body: (
            status, [(name, change(value) if name == "Content-Length" else value) for name, value in headers], body,
        )
    )  # fmt: skip


def of_type(value):
    """The normal answer under another Content-Type, or none."""

    def change(status, headers, body):
        headers = [pair for pair in headers if pair[0] != "Content-Type"]
        return status, headers + ([("Content-Type", value)] if value else []), body

    return transform(change)


def after_interim(data):
    """Interim answers, and then the normal one."""

    def how(exchange):
        exchange.send(data)
        exchange.answer(exchange.normal())

    return how


def interim_for_ever(pause=0):
    """One after each pause; without one as many as go."""

    def how(exchange):
        while not exchange.server.ending.wait(pause):
            exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * (1 if pause else 1000))

    return how


def endless_trailers(exchange):
    exchange.send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
    while True:
        exchange.send(b"X-Filler: filler\r\n" * 1000)


def endless_chunk_extension(exchange):
    exchange.send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;")
    while True:
        exchange.send(b"filler" * 1000)


def chunks(data, end="close"):
    return raw(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + data, end)


def with_no_length(body, end):
    return raw(JSON_HEAD + b"\r\n" + body, end)


def elsewhere(status, location):
    """A redirect; `{port}` is that of a server which is to hear nothing."""

    def how(exchange):
        answer(status, headers=[("Location", location.format(port=exchange.server.elsewhere.port))])(exchange)

    return how


def echo(status, members, headers=(), encode=json.dumps):
    """An error in whose texts the key stands: `<key>`, `<KEY>` in capitals, `<digits>` without dashes."""

    def how(exchange):
        key = str(exchange.server.key)

        def filled(text):
            return text.replace("<key>", key).replace("<KEY>", key.upper()).replace("<digits>", key.replace("-", ""))

        more = [(name, filled(value)) for name, value in headers]
        answer(status, filled(encode(members)).encode(), [("Content-Type", "application/json"), *more])(exchange)

    return how


def says(type, **more):
    """An error of the API that repeats the key wherever it can."""
    return {"message": "<key> and <KEY> and <digits>", "help_message": "token=<key>", "type": type, **more}


def kind(found):
    return "result" if "result" in found else found["error"]["data"]["kind"]
