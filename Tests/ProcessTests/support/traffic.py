"""What must hold for every line that any test sees: the form of the wire, and the schemas of the method it belongs to."""

import functools
import json
import re
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[3] / "schemas"
METHODS = {path.stem for path in SCHEMAS.glob("*.*.json")}
CONTROL = re.compile(rb"[\x00-\x1f]")
# These may come from every method, and from lines that name none.
OF_THE_PROTOCOL = {
    (-32700, "parse_error"), (-32600, "invalid_request"), (-32600, "duplicate_id"), (-32600, "message_too_large"),
    (-32600, "nesting_too_deep"), (-32600, "batch_too_large"), (-32601, "method_not_found"), (-32602, "invalid_params"),
    (-32603, "internal"), (-32800, "cancelled"), (1408, "timeout"), (1503, "shutting_down"),
}  # fmt: skip


def loads(text):
    """JSON with numbers of any length: Python refuses long ones, which are left as text then."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 4000 else digits)


@functools.cache
def schema(method):
    return json.loads((SCHEMAS / f"{method}.json").read_text()) if method in METHODS else None


@functools.cache
def validator(method, what):
    return Draft202012Validator(schema(method)["properties"][what])


@functools.cache
def kinds(method):
    return OF_THE_PROTOCOL | {(error["code"], error["data"]["kind"]) for error in schema(method)["x-errors"]}


def check(line):
    """The form: ASCII, no spaces between members, fixed order of members, errors that say what happened."""
    assert line.isascii() and not CONTROL.search(line), line[:200]
    value = loads(line)
    for message in value if isinstance(value, list) else [value]:
        check_message(message)
    return value


def check_message(message):
    names = list(message)
    assert names in (["jsonrpc", "id", "result"], ["jsonrpc", "id", "error"], ["jsonrpc", "method", "params"]), names
    assert message["jsonrpc"] == "2.0"
    if "error" in message:
        error = message["error"]
        assert list(error) == ["code", "message", "data"] and isinstance(error["message"], str) and error["message"]
        check_data(error["data"])


def check_data(data):
    assert list(data)[:3] == ["kind", "retryable", "outcome"], list(data)
    assert isinstance(data["kind"], str) and isinstance(data["retryable"], bool) and data["outcome"] in ("none", "done", "unknown")
    assert ("retry_after_ms" in data) == data["retryable"] and data.get("retry_after_ms", 1) > 0


class Traffic:
    """Remembers what was asked, and holds every answer and part against the schemas of its method."""

    def __init__(self):
        self.asked = {}

    def sent(self, line):
        """One line that goes in. What is no request of a known method is somebody's experiment and not remembered."""
        try:
            value = loads(line)
        except (ValueError, RecursionError):
            return
        for request in value if isinstance(value, list) else [value]:
            if isinstance(request, dict) and isinstance(request.get("method"), str) and schema(request["method"]) and "id" in request:
                self.asked.setdefault(repr(request["id"]), []).append((request["method"], request.get("params") or {}))

    def came(self, line):
        value = check(line)
        for message in value if isinstance(value, list) else [value]:
            if "result" in message or "error" in message:
                self.answered(message)
            else:
                self.part(message)
        return value

    def candidates(self, id):
        """Several requests may stand under one id (null, or refused duplicates): the answer must fit one of them."""
        return self.asked.get(repr(id), [])

    def answered(self, message):
        asked = self.candidates(message["id"])
        if "error" in message:
            kind = (message["error"]["code"], message["error"]["data"]["kind"])
            assert kind in OF_THE_PROTOCOL or any(kind in kinds(method) for method, _ in asked), kind
        elif asked:
            fitting = [method for method, params in asked if fits(method, "params", params) and fits(method, "result", message["result"])]
            assert fitting, (asked[0][0], problem(asked[0], message["result"]))
        if message["id"] is not None:
            self.asked.pop(repr(message["id"]), None)

    def part(self, message):
        assert message["method"] == "$/progress" and list(message["params"]) == ["token", "value"], message["method"]
        asked = self.candidates(message["params"]["token"])
        value = message["params"]["value"]
        assert not asked or any("part" in schema(method)["properties"] and fits(method, "part", value) for method, _ in asked)


def fits(method, what, value):
    return validator(method, what).is_valid(value)


def problem(asked, result):
    """Which rule was broken; never the value that broke it."""
    method, params = asked
    found = [*validator(method, "params").iter_errors(params), *validator(method, "result").iter_errors(result)]
    return [(error.json_path, error.validator) for error in found]
