"""The gate: for every parameter of every method, values that are refused before anything happens, and what the refusal says."""

import json

import pytest

from traffic import METHODS, schema, validator

UUID = "0b5cf1a2-7a0c-4c0e-9b0e-0a1b2c3d4e5f"
USER = "UAU2ZOXBIG6MV4FSFYNJJU2NBPDTMHSSNUF74EWIS6KLZEZCSZW5PMRM"
ACCOUNT = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
NO_TEXT = [None, 1, True, [], {}, ["local"], {"a": 1}, ""]
NO_NUMBER = [None, "1", "", True, False, [], {}, 1.5, 0, -1, 1e300, 10**40, -(10**40)]
NO_FLAG = [None, 0, 1, "true", "", [], {}]
NO_UUID = [*NO_TEXT, "x", UUID[:-1], UUID + "0", UUID.replace("-", ""), f"{{{UUID}}}", " " + UUID, UUID + " ", UUID + "\0", f"../{UUID}",
           UUID.replace("-", "_"), UUID[:-1] + "g", UUID[:-1] + "\u0665", ACCOUNT, f"../nats-accounts/{ACCOUNT}"]  # fmt: skip
NO_ACCOUNT = [*NO_TEXT, "x", ACCOUNT[:-1], ACCOUNT + "A", ACCOUNT.lower(), " " + ACCOUNT, ACCOUNT + "=", "A" + ACCOUNT[2:] + "1", UUID,
              f"../{ACCOUNT}"]  # fmt: skip
NO_NAME = [*NO_TEXT, "a\0", "\na", "a\tb", "\x1b[2J", "\x7f", "\x85", "\x9f"]
BAD = {
    "region": [*NO_TEXT, "x", "LOCAL", "Local", "local ", " local", "lok\u00e4l", "a--b", "-a", "a-", "1a", "a" * 33, "../x", "fr_par", "fr/par", "a.b",
      "ab", "x" * 32, "us-east-1", "locale"],
    "timeout_ms": [*NO_NUMBER, 600_001],
    "page": [*NO_NUMBER, 1_000_001],
    "page_size": [*NO_NUMBER, 101],
    "max_pages": NO_NUMBER,
    "order_by": [*NO_TEXT, "name", "NAME_ASC", "name_asc ", "created_at", "id_asc"],
    "project_id": NO_UUID,
    "nats_credentials_id": NO_UUID,
    "nats_account_id": NO_ACCOUNT,
    "name": [*NO_NAME, "x" * 501],
    "save_to": [*NO_TEXT, "a\0b", "a\nb", "x" * 4097],
    "overwrite": NO_FLAG,
    "missing_ok": NO_FLAG,
    "keep_streams": NO_FLAG,
    "user_key": [*NO_TEXT, "x", "*", USER[:-1], USER + "A", USER.lower(), " " + USER, ACCOUNT, UUID, f"S{USER}"],
    "issued_before": [*NO_TEXT, "x", "*", "now", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01 00:00:00Z", "2020-01-01T00:00:00.5Z",
      "20200101T000000Z", "1577836800", "2020-01-01T00:00:00+0100", "2020-01-01T00:00:00Z "],
    "nats_context": [*NO_TEXT, ".", "..", ".x", "a/b", "a" * 101, "\u00e9", "a b", "a\0", "a:b"],
    "if_exists": [*NO_TEXT, "Allow", "never", "fail "],
    "cursor": [*NO_TEXT, "\u00e9", "a b", "../x", "x" * 8193],
    "protocol": [*NO_TEXT, "x", "1.0", "-1", "+1", " 1", "1" * 10, "\u0661"],
}
GOOD = {"nats_credentials_id": UUID, "nats_account_id": ACCOUNT, "name": "n", "region": "local"}
# The form is right; a checksum, or what a cursor holds, no schema can say.
BEYOND_THE_SCHEMA = {
    "nats_account_id": [ACCOUNT[:-1] + "D", "AA" + ACCOUNT[1:-1], "U" + ACCOUNT[1:]],
    "user_key": [USER[:-1] + "N"],
    "issued_before": ["2020-02-30T00:00:00Z", "2020-13-01T00:00:00Z", "2020-01-01T24:00:00Z", "2020-01-01T::::::::Z"],
    "cursor": ["0", "00", "7b7d", "ff" * 100, "x", "e30"],
}


def params_of(method):
    return schema(method)["properties"]["params"]


def parameters():
    return [(method, name) for method in sorted(METHODS) for name in params_of(method).get("properties", {})]


def required(method):
    return {name: GOOD[name] for name in params_of(method).get("required", [])}


def refused(bridge, method, params):
    """The fields of the refusal."""
    error = bridge.error(method, params)
    assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (-32602, "invalid_params", "none"), (error["code"], params)
    assert error["data"]["source"] == "bridge"
    for field in error["data"]["fields"]:
        assert list(field) == ["name", "reason", "expected"] and all(isinstance(text, str) and text for text in field.values())
    return error["data"]["fields"]


def test_the_table_has_every_parameter():
    assert {name for _, name in parameters()} <= set(BAD) and len(parameters()) > 30


@pytest.mark.parametrize("method, name", parameters())
def test_a_value_that_is_not_allowed_is_refused_by_gate_and_schema(bridge, home, method, name):
    for value in [*BAD[name], *BEYOND_THE_SCHEMA.get(name, [])]:
        params = {**required(method), name: value}
        [field] = refused(bridge, method, params)
        assert field["name"] == name, value
        assert value in BEYOND_THE_SCHEMA.get(name, []) or not validator(method, "params").is_valid(params), value
    assert not (home / "state").exists() and not (home / "config").exists()


def test_an_accounts_name_has_at_most_64_characters(bridge):
    assert refused(bridge, "accounts.create", {"name": "x" * 65})[0]["name"] == "name"
    for name in ["x", "x" * 64, "\U0001f600" * 64, "e\u0301" * 32, "\u2028"]:
        assert bridge.result("accounts.create", {"region": "local", "name": name})["name"] == name


def test_values_at_the_edge_are_taken(bridge):
    account = bridge.result("accounts.create", {"timeout_ms": 600_000})["id"]
    for name in ["x", "\U0001f600" * 500, "x" * 500]:
        assert bridge.result("credentials.create", {"nats_account_id": account, "name": name})["name"] == name
    for page in [1, 2, 1_000_000, 1.0, 1e2]:
        assert bridge.result("credentials.list", {"page": page, "page_size": 100.0})["page"] == page
    assert bridge.result("credentials.list", {"page_size": 1, "page": 3})["next_page"] is None
    assert bridge.result("credentials.list", {"project_id": UUID.upper()})["total_count"] == 0
    assert bridge.result("bridge.info", {"protocol": "1"})["protocol"] == "1"
    assert bridge.error("credentials.get", {"nats_credentials_id": UUID.upper()})["data"]["kind"] == "not_found"


@pytest.mark.parametrize("region", ["fr-par", "nl-ams", "xx-yyy", "us-seattle"])
def test_a_region_of_the_right_form_without_a_key_is_not_configured(bridge, region):
    for method in ["credentials.list", "credentials.stream", "credentials.create", "accounts.create", "accounts.list"]:
        error = bridge.error(method, {"region": region})
        assert (error["code"], error["data"]["kind"], error["data"]["outcome"]) == (1460, "not_configured", "none")


@pytest.mark.parametrize("version", ["0", "2", "999999999"])
def test_a_protocol_that_is_not_spoken_is_told_what_is(bridge, version):
    error = bridge.error("bridge.info", {"protocol": version})
    assert (error["code"], error["data"]["kind"], error["data"]["supported"]) == (1400, "unsupported_protocol", ["1"])


@pytest.mark.parametrize(
    "method, typed, nearest",
    [("credentials.list", "regoin", "region"), ("credentials.list", "pagesize", "page_size"), ("credentials.list", "orderby", "order_by"),
     ("credentials.create", "nmae", "name"), ("credentials.create", "saveto", "save_to"), ("accounts.create", "timeoutms", "timeout_ms"),
     ("credentials.get", "nats_credential_id", "nats_credentials_id"), ("credentials.stream", "max_page", "max_pages"),
     ("credentials.list", "cursor", None), ("credentials.stream", "page", None), ("bridge.ping", "region", None),
     ("bridge.info", "protcol", "protocol"), ("credentials.list", "something_else", None)],
)  # fmt: skip
def test_an_unknown_parameter_is_refused_with_the_nearest_name(bridge, method, typed, nearest):
    [field] = refused(bridge, method, {**required(method), typed: "x"})
    assert field["name"] == typed and "not a parameter" in field["reason"]
    assert ("did you mean" in field["reason"]) == (nearest is not None) and (nearest or "") in field["reason"]


@pytest.mark.parametrize("typed", ["Region", "REGION", "region ", "r\u00e9gion", "x" * 41, "_region", "1a", "", "SUAM\u0000", "re\u0301gion", "a-b"])
def test_an_unknown_name_that_could_be_anything_is_not_repeated(bridge, typed):
    bridge.send({"jsonrpc": "2.0", "id": 1, "method": "credentials.list", "params": {typed: "x"}})
    line = bridge.line()
    error = json.loads(line)["error"]
    assert error["code"] == -32602 and error["data"]["fields"][0]["name"] != typed
    assert not typed or json.dumps(typed)[1:-1].encode() not in line or typed in error["data"]["fields"][0]["expected"]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_parameters_go_by_name_only(bridge, method):
    for params in [[1], [{}], [[]], [None], ["local", 1]]:
        field = refused(bridge, method, params)[0]
        assert field["name"] == "params" and all(name in field["expected"] for name in params_of(method).get("properties", {}))
    if not required(method) and not method.endswith("create"):
        assert bridge.result(method, []) == bridge.result(method, {}) == bridge.result(method)


def test_an_id_of_the_other_sort_is_recognised(bridge):
    for method in ["credentials.get", "credentials.list"]:
        wanted, wrong, hint = ("nats_credentials_id", ACCOUNT, "account") if method.endswith("get") else ("nats_account_id", UUID, "credential")
        [field] = refused(bridge, method, {wanted: wrong})
        article = "an" if hint == "account" else "a"
        assert f"this looks like {article} {hint} id" in field["reason"] and wrong not in field["reason"]


def test_several_that_are_wrong_are_said_at_once(bridge):
    fields = refused(bridge, "credentials.list", {"page": 0, "page_size": 101, "order_by": "x", "nope": 1})
    assert {field["name"] for field in fields} == {"page", "page_size", "order_by", "nope"}
    assert {field["name"] for field in refused(bridge, "accounts.list", {"region": "X", "timeout_ms": 0})} == {"region", "timeout_ms"}
    assert [field["name"] for field in refused(bridge, "credentials.get", {})] == ["nats_credentials_id"]


@pytest.mark.parametrize("params", ['{"page":1,"page":1}', r'{"page":1,"p\u0061ge":2}', '{"region":"local","page":1,"region":"local"}'])
def test_a_parameter_that_stands_twice_is_refused(bridge, params):
    bridge.send(f'{{"jsonrpc":"2.0","id":1,"method":"credentials.list","params":{params}}}')
    error = bridge.message()["error"]
    assert error["code"] == -32602 and error["data"]["fields"][0]["name"] in ("page", "region")


# What the gate cannot see is refused in the same form.
@pytest.mark.parametrize(
    "method, params",
    [("credentials.create", {"if_exists": "fail"}), ("credentials.create", {"overwrite": True}),
     ("credentials.stream", {"cursor": "00"}), ("credentials.create", {"region": "local"})],
    ids=["name is needed", "overwrite what", "bad cursor", "which account"],
)  # fmt: skip
def test_a_refusal_behind_the_gate_has_the_same_form(bridge, method, params):
    for name in "one", "two":
        bridge.result("accounts.create", {"region": "local", "name": name})
    assert len(refused(bridge, method, params)) == 1


@pytest.mark.parametrize(
    "line",
    [r'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"name":"\ud800"}}',
     '{"jsonrpc":"2.0","id":null,"method":"accounts.stream"}'],
)  # fmt: skip
def test_a_refusal_of_the_session_has_the_same_form(bridge, line):
    bridge.send(line)
    data = bridge.message()["error"]["data"]
    assert (data["kind"], data.get("source")) == ("invalid_params", "bridge") and isinstance(data.get("fields"), list)
