"""What makes a request: the members around a call, ids, notifications, duplicates and broken text, each with the refusal it draws."""

import json

import pytest

PING = {"jsonrpc": "2.0", "id": 1, "method": "bridge.ping"}


def refusal(bridge, line):
    """The answer to a line that is refused; the next line is served."""
    bridge.send(line, {**PING, "id": "next"})
    answer = bridge.message()
    assert bridge.message() == {"jsonrpc": "2.0", "id": "next", "result": {}}
    error = answer["error"]
    assert error["data"]["outcome"] == "none" and error["data"]["retryable"] is False
    return answer["id"], error["code"], error["data"]["kind"]


@pytest.mark.parametrize("version", [2.0, 2, "2", "2.00", "2.0 ", " 2.0", "1.0", "", None, True, [], {}, ["2.0"], "२.०"], ids=repr)
def test_jsonrpc_must_be_2_0(bridge, version):
    assert refusal(bridge, {**PING, "jsonrpc": version}) == (1, -32600, "invalid_request")


def test_without_jsonrpc_a_request_is_refused(bridge):
    assert refusal(bridge, {"id": "x", "method": "bridge.ping"}) == ("x", -32600, "invalid_request")
    assert refusal(bridge, {"method": "bridge.ping"}) == (None, -32600, "invalid_request")


@pytest.mark.parametrize("id", [True, False, [], [1], {}, {"a": 1}], ids=repr)
def test_an_id_is_a_string_number_or_null(bridge, id):
    assert refusal(bridge, {**PING, "id": id}) == (None, -32600, "invalid_request")


@pytest.mark.parametrize("method", [1, None, True, [], {}, ["bridge.ping"]], ids=repr)
def test_a_method_is_a_string(bridge, method):
    assert refusal(bridge, {**PING, "method": method}) == (1, -32600, "invalid_request")


def test_without_a_method_a_request_is_refused(bridge):
    assert refusal(bridge, {"jsonrpc": "2.0", "id": 5}) == (5, -32600, "invalid_request")
    assert refusal(bridge, {"jsonrpc": "2.0"}) == (None, -32600, "invalid_request")
    assert refusal(bridge, "{}") == (None, -32600, "invalid_request")


@pytest.mark.parametrize("params", [None, 1, "x", True, 1.5], ids=repr)
def test_params_are_an_object(bridge, params):
    assert refusal(bridge, {**PING, "params": params}) == (1, -32600, "invalid_request")
    # Such an object is not a request at all, and so no notification either.
    assert refusal(bridge, {"jsonrpc": "2.0", "method": "bridge.ping", "params": params}) == (None, -32600, "invalid_request")


@pytest.mark.parametrize("line", ["1", '"x"', "null", "true", "1e5", '"bridge.ping"'])
def test_a_value_that_is_no_object_is_refused(bridge, line):
    assert refusal(bridge, line) == (None, -32600, "invalid_request")


@pytest.mark.parametrize("name", ["bridge.ping", "unknown.method", "accounts.create"])
def test_an_answer_from_a_client_is_refused_as_what_it_is(bridge, name):
    assert refusal(bridge, {"jsonrpc": "2.0", "id": name, "result": {}}) == (name, -32600, "invalid_request")


TWICE = {
    "jsonrpc": ('{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"bridge.ping"}', 1),
    "id": ('{"jsonrpc":"2.0","id":1,"id":1,"method":"bridge.ping"}', None),
    "id escaped": (r'{"jsonrpc":"2.0","id":1,"\u0069d":1,"method":"bridge.ping"}', None),
    "id null": ('{"jsonrpc":"2.0","id":null,"id":1,"method":"bridge.ping"}', None),
    "method": ('{"jsonrpc":"2.0","id":1,"method":"bridge.ping","method":"bridge.ping"}', 1),
    "method escaped": (r'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","m\u0065thod":"accounts.create"}', 1),
    "params": ('{"jsonrpc":"2.0","id":1,"method":"bridge.ping","params":{},"params":{}}', 1),
    "unknown": ('{"jsonrpc":"2.0","id":1,"method":"bridge.ping","a":1,"a":1}', 1),
    "unknown escaped": (r'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","a":1,"\u0061":1}', 1),
    "the 150th unknown": (
        '{"jsonrpc":"2.0","id":1,"method":"bridge.ping",' + "".join(f'"a{n}":0,' for n in range(150)) + '"a149":1}', 1
    ),
    "without an id": ('{"jsonrpc":"2.0","method":"bridge.ping","method":"bridge.ping"}', None),
}  # fmt: skip


@pytest.mark.parametrize("line, id", TWICE.values(), ids=TWICE)
def test_a_member_that_stands_twice_is_refused(bridge, line, id):
    assert refusal(bridge, line) == (id, -32600, "invalid_request")


def test_members_that_only_look_the_same_are_two(bridge):
    # Composed and decomposed are different texts.
    bridge.send('{"jsonrpc":"2.0","id":1,"method":"bridge.ping","Id":2,"\u00e9":1,"e\u0301":2,"params ":[1]}')
    assert bridge.message() == {"jsonrpc": "2.0", "id": 1, "result": {}}


def test_names_may_be_written_with_escapes(bridge):
    bridge.send(r'{"\u006asonrpc":"\u0032.0","\u0069d":"\u0041","\u006dethod":"bridge\u002eping","param\u0073":{}}')
    assert bridge.line() == rb'{"jsonrpc":"2.0","id":"\u0041","result":{}}'


SURROGATES = {
    "id": (r'{"jsonrpc":"2.0","id":"a\ud800","method":"bridge.ping"}', None, -32600, "invalid_request"),
    "id, low": (r'{"jsonrpc":"2.0","id":"\udfffa","method":"bridge.ping"}', None, -32600, "invalid_request"),
    "id, swapped": (r'{"jsonrpc":"2.0","id":"\udc00\ud800","method":"bridge.ping"}', None, -32600, "invalid_request"),
    "method": (r'{"jsonrpc":"2.0","id":1,"method":"bridge.ping\ud800"}', 1, -32601, "method_not_found"),
    "param": (r'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"name":"\ud83d"}}', 1, -32602, "invalid_params"),
    "param's name": (r'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"\ude00":1}}', 1, -32602, "invalid_params"),
    "deep": (r'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"a":[{"b":"\ud800x"}]}}', 1, -32602, "invalid_params"),
    "positional": (r'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":["\ud800\ud800"]}', 1, -32602, "invalid_params"),
    "ping's params": (r'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","params":{"\ud800":1}}', 1, -32602, "invalid_params"),
}


@pytest.mark.parametrize("line, id, code, kind", SURROGATES.values(), ids=SURROGATES)
def test_half_a_surrogate_pair_is_not_text(bridge, line, id, code, kind):
    assert refusal(bridge, line) == (id, code, kind)


def test_half_a_pair_in_a_member_nobody_reads_is_passed_over(bridge):
    bridge.send(r'{"jsonrpc":"2.0","id":"\ud83d\ude00","method":"bridge.ping","a":"\ud800","\udc00":1}')
    assert bridge.line() == rb'{"jsonrpc":"2.0","id":"\ud83d\ude00","result":{}}'


SILENT = [
    {"jsonrpc": "2.0", "method": "bridge.ping"},
    {"jsonrpc": "2.0", "method": "no.such.method", "params": [1]},
    {"jsonrpc": "2.0", "method": "bridge.ping", "params": {"no_such": 1}},
    {"jsonrpc": "2.0", "method": "credentials.list", "params": {"page": 0}},
    {"jsonrpc": "2.0", "method": "credentials.stream", "params": {"region": "local"}},
    {"jsonrpc": "2.0", "method": "rpc.discover", "params": []},
    {"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "off"}},
    {"jsonrpc": "2.0", "method": "$/cancelRequest"},
    {"jsonrpc": "2.0", "method": "$/progress", "params": {"token": 1, "value": {}}},
    {"jsonrpc": "2.0", "method": ""},
    r'{"jsonrpc":"2.0","method":"\ud800"}',
    r'{"jsonrpc":"2.0","method":"credentials.list","params":{"\ud800":1}}',
    '{"jsonrpc":"2.0","method":"credentials.list","params":{"page":1,"page":1}}',
]


def test_notifications_never_draw_output(bridge):
    bridge.send(*SILENT, [line for line in SILENT if isinstance(line, dict)])
    assert bridge.end() == (0, b"", b"")


@pytest.mark.parametrize("method", ["accounts.create", "credentials.create"])
def test_a_mutating_notification_is_not_carried_out(bridge, home, method):
    bridge.send({"jsonrpc": "2.0", "method": method, "params": {"region": "local", "name": "unheard"}}, json.dumps([PING]))
    assert bridge.message() == [{"jsonrpc": "2.0", "id": 1, "result": {}}]
    assert not (home / "state").exists()
    status, output, errors = bridge.end()
    assert (status, output) == (0, b"")
    assert errors.count(b"\n") == 1 and b"warning" in errors and method.encode() in errors and b"unheard" not in errors


@pytest.mark.parametrize("method", ["$/cancelRequest", "$/progress", "$/unknown", "$/", "rpc.unknown", "bridge", "", "BRIDGE.PING", "bridge.ping\0"])
def test_unknown_methods_are_not_found(bridge, method):
    assert refusal(bridge, {**PING, "method": method}) == (1, -32601, "method_not_found")


@pytest.mark.parametrize(
    "typed, nearest",
    [("bridge.pong", "bridge.ping"), ("credentials.lst", "credentials.list"), ("credential.create", "credentials.create"),
     ("acounts.get", "accounts.get"), ("rpc.disocver", "rpc.discover"), ("quite.another", None), ("x" * 5000, None)],
)  # fmt: skip
def test_an_unknown_method_is_told_the_nearest_name(bridge, typed, nearest):
    error = bridge.error(typed)
    assert (error["code"], error["data"].get("nearest")) == (-32601, nearest)
    assert nearest is None or nearest in error["message"]
    assert typed not in error["message"]


def test_numbers_keep_their_bytes_and_strings_their_escapes(bridge):
    for id in [b"-0", b"0.10", b"1E-400", b"9" * 400, rb'"\/\b\u00e9\u00E9"', b'" "', rb'"\u0000"', rb'"null"']:
        bridge.send(b'{"method":"bridge.ping","id":' + id + b',"jsonrpc":"2.0"}')
        assert bridge.line() == b'{"jsonrpc":"2.0","id":' + id + b',"result":{}}'
