"""Hostile texts in params: they are refused before anything is sent, or reach the service as they are."""

import json

import pytest

from scaleway_requests import ACCOUNT, CREDENTIAL, PROJECT, hold
from traffic import SCHEMAS

# `X` is a right value of the parameter: what is wrong is only what stands around it.
HOSTILE = {
    "empty": "", "null": "null", "undefined": "undefined", "a dot": ".", "two dots": "..", "a slash": "/", "up": "../X",
    "up and over": "../nats-accounts/A", "up at the end": "X/..", "encoded dots": "%2e%2e", "encoded dots and slash": "%2e%2e%2fnats-accounts%2FA",
    "encoded twice": "%252e%252e%252fX", "a slash behind": "X/", "a slash before": "/X", "two slashes": "//example.com/X",
    "a URL": "https://example.com/X", "user info": "user@example.com/X", "an at sign": "@X", "a query": "X?project_id=1",
    "a query parameter more": "X&page=2", "a fragment": "X#f", "a semicolon": "X;a=b", "CR LF": "X\r\nX-Auth-Token: stolen", "LF": "X\n", "CR": "X\r",
    "NUL": "X\0", "only NUL": "\0", "a tab": "\tX", "a space before": " X", "a space behind": "X ", "an encoded space": "X%20", "a plus": "X+",
    "a backslash": "..\\X", "encoded backslashes": "..%5cX", "full-width slashes": "..\uff0fX", "full-width dots": "\uff0e\uff0e/X",
    "one dot leader": "\u2024\u2024/X", "a zero-width space": "X\u200b", "a soft hyphen": "X\u00ad", "a no-break space": "\u00a0X",
    "turned round": "\u202eX", "a byte order mark": "\ufeffX", "a quote": 'X"', "an apostrophe": "X' OR '1'='1", "braces": "{X}",
    "a placeholder": "{nats_account_id}", "a template": "${HOME}", "a wildcard": "*", "a percent": "%", "twice": "XX", "a list": "X,X",
    "10 kB": "X" + "a" * 10240, "emoji": "🚀", "Cyrillic": "\u0410" * 56, "full-width digits": "\uff11" * 36, "minus one": "-1",
}  # fmt: skip
RIGHT = {
    "nats_account_id": ACCOUNT, "nats_credentials_id": CREDENTIAL, "project_id": PROJECT, "region": "fr-par", "order_by": "name_asc",
    "if_exists": "fail", "page": "1", "page_size": "1", "max_pages": "1", "cursor": "7b7d", "missing_ok": "true", "overwrite": "true",
    "timeout_ms": "20000", "name": "app", "keep_streams": "true", "issued_before": "2020-01-01T00:00:00Z",
    "user_key": "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRM",
}  # fmt: skip
# What only one parameter would take amiss: each kind of id where the other is wanted, the other case, a wrong checksum.
OF_ONE = {
    "nats_account_id": [CREDENTIAL, PROJECT, ACCOUNT.lower(), ACCOUNT[:-1] + "T", "U" + ACCOUNT[1:], "nats://" + ACCOUNT],
    "nats_credentials_id": [ACCOUNT, CREDENTIAL.replace("-", ""), "{" + CREDENTIAL + "}", "urn:uuid:" + CREDENTIAL, CREDENTIAL[:-1]],
    "project_id": [ACCOUNT, PROJECT.replace("-", ""), "{" + PROJECT + "}", "urn:uuid:" + PROJECT],
    "region": ["FR-PAR", "Fr-par", "fr_par", "par1", "ams1", "fr-par-1", "fr--par", "localhost", "local.", "fr-par.example.com"],
    "order_by": ["NAME_ASC", "name", "asc", "name_asc,name_desc", "id_asc"], "if_exists": ["FAIL", "error", "overwrite"],
}  # fmt: skip
# Free texts, and paths of the caller's own machine.
FREE = {"name", "save_to", "nats_context"}


def taken():
    """Method, parameter, and what the method needs beside it: everything that its schema has, so that a new one cannot be forgotten."""
    for path in sorted(SCHEMAS.glob("*.*.json")):
        kind = path.stem.partition(".")[0]
        if kind not in ("credentials", "accounts"):
            continue
        params = json.loads(path.read_text())["properties"]["params"]
        needed = set(params.get("required", ()))
        if path.stem == "credentials.create":
            needed |= {"nats_account_id", "name"}
        for name in params["properties"]:
            yield path.stem, name, {other: RIGHT[other] for other in needed - {name}}


TAKEN = list(taken())
CLOSED = [row for row in TAKEN if row[1] not in FREE]


def test_the_table_covers_all_methods_of_the_api():
    assert len({method for method, _, _ in TAKEN}) == 12
    assert {name for _, name, _ in CLOSED} == set(RIGHT) - FREE


@pytest.mark.parametrize("method, name, beside", CLOSED, ids=[f"{method} {name}" for method, name, _ in CLOSED])
def test_a_hostile_text_in_a_parameter_sends_nothing(service, bridge, method, name, beside):
    texts = [text.replace("X", RIGHT[name]) for text in HOSTILE.values()] + OF_ONE.get(name, [])
    assert len(set(texts)) >= 50
    for text in texts:
        error = bridge.error(method, {**beside, name: text})
        assert (error["code"], error["data"]["outcome"]) == (-32602, "none"), (text[:80], error["code"])
        assert [(field["name"], error["data"]["source"]) for field in error["data"]["fields"]] == [(name, "bridge")]
        # What came in is not repeated.
        assert len(text) < 12 or text not in error["message"]
    assert service.requests == [] and service.connections == []


@pytest.mark.parametrize("method, beside", [(method, beside) for method, name, beside in TAKEN if name == "name"])
def test_a_hostile_name_is_only_ever_a_name(service, bridge, method, beside):
    account = service.add_account()["id"]
    beside = {name: account for name in beside}
    http, path = {
        "credentials.create": ("POST", "fr-par/nats-credentials"), "accounts.create": ("POST", "fr-par/nats-accounts"),
        "accounts.update": ("PATCH", f"fr-par/nats-accounts/{account}"),
    }[method]  # fmt: skip
    more = {"accounts.create": {"project_id": service.project}, "credentials.create": beside}.get(method, {})
    sent = 0
    longest = 500 if method == "credentials.create" else 64
    for text in [text.replace("X", "app") for text in HOSTILE.values()] + [account, CREDENTIAL, '{"a":1}', "\\u0000", "</script>"]:
        answered = bridge.call(method, {**beside, "name": text})
        if 1 <= len(text) <= longest and not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
            assert answered["result"]["name"] == text
            sent += 1
            hold(service, service.requests[-1], http, path, body={"name": text, **more})
        else:
            assert (answered["error"]["code"], answered["error"]["data"]["outcome"]) == (-32602, "none")
        assert len(service.requests) == sent
    assert sent > 40


@pytest.mark.parametrize("name", [r"\ud800", r"a\udc00b", r"\ude80\ud83d"])
def test_a_name_with_half_a_surrogate_is_not_sent(service, bridge, account_id, name):
    one = {"nats_account_id": account_id}
    for method, beside in [("accounts.update", one), ("accounts.create", {}), ("credentials.create", one)]:
        params = json.dumps(beside)[:-1] + ("," if beside else "") + f'"name":"{name}"}}'
        bridge.send(f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}')
        assert bridge.message()["error"]["code"] == -32602
    assert service.requests == []
