"""Texts of the service's errors: they are shown as they can be, short, in one line, and never with the key."""

import json

import pytest

from bridge import Bridge
from scaleway_errors import KINDS, everywhere, hold, leaks, together
from scaleway_service import answer

TYPES = {
    400: "invalid_arguments", 401: "denied_authentication", 403: "permissions_denied", 404: "not_found", 409: "already_exists", 410: "expired",
    412: "precondition_failed", 418: "teapot",
}  # fmt: skip
ODD = {
    "line ends": "first\r\nsecond\nthird", "escapes of a terminal": "\x1b[31mred\x1b]0;title\x07", "NUL": "a\0b", "C1": "a\x85b\x9bc",
    "DEL": "a\x7fb", "not ASCII": "déjà vu 🚀 \u2028 \u202e", "quotes": '"\\"; {"jsonrpc":"2.0"}',
}  # fmt: skip


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_texts_of_the_service_come_without_control_characters(home, service, account_id, text):
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for status, type in TYPES.items():
            service.fail("*", answer(status, {"type": type, **everywhere(text)}))
            error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
            shown = [error["message"], *texts(error["data"])]
            assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for each in shown for letter in each), status
            if status in (400, 403, 409, 412):
                clean = "".join(" " if ord(letter) < 32 or 127 <= ord(letter) < 160 else letter for letter in text)
                assert clean in error["message"]
        _, _, errors = bridge.end()
    assert errors.isascii() and not any(byte < 32 for line in errors.splitlines() for byte in line)


def texts(value):
    """Every text in a value, names of members too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts(each)


@pytest.mark.parametrize("letter", ["x", "é", "🚀", "\0", "a "])
def test_long_texts_are_cut(service, bridge, account_id, letter):
    for status, type in TYPES.items():
        service.fail("*", answer(status, {"type": type, **everywhere("begin " + letter * 5000)}))
        service.requests.clear()
        bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.update", "params": {"nats_account_id": account_id, "name": "new"}})
        error = (answered := bridge.message())["error"]
        assert "result" not in answered and len(error["message"].encode()) <= 1200
        assert all(len(text.encode()) <= 1100 for text in texts(error["data"]))
        assert len(json.dumps(error)) < 40000


@pytest.mark.parametrize("type", ["application/json", "text/html"])
def test_an_error_of_10_mb_is_an_error_of_a_few_words(home, service, account_id, type):
    body = json.dumps({"type": "not_found", "message": "begin " + "x" * 10_000_000}).encode()
    service.fail("*", answer(404, body, [("Content-Type", type)]), times=None)
    params = {"nats_account_id": account_id}
    calls = [("accounts.get", params), ("accounts.delete", {**params, "missing_ok": True})]
    for answered in together(home, service, calls):
        # More than anybody reads: it is not known what it says, least of all that something is gone.
        assert (answered["error"]["code"], answered["error"]["data"]["kind"]) == (1502, "bad_response")
        assert len(json.dumps(answered)) < 1000
    service.rules.clear()
    assert account_id in service.accounts


def long_refusal(status, megabytes):
    """Piece by piece, so that it is known how much of it went out."""
    body = b'{"message":"begin %s","type":"not_found"}' % (b"x" * int(megabytes * 1_000_000))

    def how(exchange):
        whole = b"".join(exchange.wire(exchange.server.json_answer(exchange.recorded, status, body)))
        for start in range(0, len(whole), 1 << 16):
            exchange.send(whole[start : start + (1 << 16)])

    return how


@pytest.mark.parametrize("megabytes", [0.1, 9, 30])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_however_long_its_reasons_a_refusal_keeps_its_status(service, bridge, account_id, framing, megabytes):
    """And no more of them is read than is used; what fills the buffers on the way is not to be helped."""
    service.framing = framing
    for status, (code, kind) in KINDS.items() if megabytes < 1 else [(401, KINDS[401]), (404, KINDS[404])]:
        service.fail("*", long_refusal(status, megabytes))
        error = bridge.error("accounts.update", {"nats_account_id": account_id, "name": "new"})
        hold({"error": error}, code, kind, status=status)
        assert len(json.dumps(error)) < 1000
        last = service.connections[-1]
        service.wait_for(lambda _, last=last: last.closed)
        assert last.sent < 15_000_000
    # Nothing of it stays behind.
    assert bridge.result("accounts.get", {"nats_account_id": account_id})["name"] == "mine"


def echoes(key):
    """What a careless service, or one that means harm, makes of a key."""
    digits = key.replace("-", "")
    return {
        "as it is": key, "in capitals": key.upper(), "mixed": "".join(c.upper() if at % 2 else c for at, c in enumerate(key)),
        "without dashes": digits, "without dashes, in capitals": digits.upper(), "with spaces": key.replace("-", " "),
        "in a sentence": f"the key {key} is not known (key={digits}).", "the first 16": key[:16], "the middle 16": key[10:26],
        "the last 16": key[-16:], "the first 16 digits": digits[:16], "the last 16 digits": digits[16:],
        "line by line": "\n".join(digits[at : at + 8] for at in range(0, 32, 8)), "in braces": "{" + key + "}", "letter by letter": " ".join(digits),
        "after 1 kB": "x" * 1500 + key, "at the edge": "x" * 990 + key,
    }  # fmt: skip


ECHOES = list(echoes("0" * 36))


@pytest.mark.parametrize("echo", ECHOES)
def test_a_key_that_comes_back_never_goes_out(home, service, account_id, credential, echo):
    text = echoes(str(service.key))[echo]
    output = b""
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for status, type in TYPES.items():
            service.fail("*", answer(status, {"type": type, **everywhere(text)}))
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.update", "params": {"nats_account_id": account_id, "name": "new"}})
            output += (line := bridge.line())
            assert json.loads(line)["error"]["data"]["http_status"] == status
        status, rest, errors = bridge.end()
    assert status == 0
    assert leaks(str(service.key), output + rest) == [] and leaks(str(service.key), errors) == []


def test_a_key_in_other_places_of_an_answer_never_goes_out(home, service, account_id):
    """In headers, in the type, in a body that is none, and in the place of the number by which a request is found again."""
    key = str(service.key)
    headers = [("X-Request-Id", key), ("Server", key), ("Location", "/" + key), ("Content-Type", f'application/json; key="{key}"')]
    service.allow_problems = True
    faults = [
        answer(400, {"type": key, "message": "m"}, headers), answer(404, {"type": "not_found", "resource": "namespace", "resource_id": key}, headers),
        answer(302, key.encode(), headers), answer(418, key.encode(), headers), answer(200, {key: key}, headers), answer(200, key.encode(), headers),
        answer(400, {"type": "invalid_arguments", "details": [{"argument_name": "name", "help_message": [key], "reason": {key: key}}]}, headers),
    ]  # fmt: skip
    with Bridge(home, "--log-level", "trace", env=service.environment) as bridge:
        for fault in faults:
            service.fail("GET", fault)
            bridge.send({"jsonrpc": "2.0", "id": 1, "method": "accounts.get", "params": {"nats_account_id": account_id}})
            line = bridge.line()
            assert leaks(key, line) == []
            assert "error" in json.loads(line)
        _, rest, errors = bridge.end()
    assert leaks(key, rest + errors) == []
