"""How lines are cut and read: white space, byte order marks, strict JSON, and each limit exactly at the limit and one above it."""

import pytest

from bridge import Bridge

PING = b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}'
PONG = b'{"jsonrpc":"2.0","id":1,"result":{}}\n'
BOM = b"\xef\xbb\xbf"
LINE = 8 << 20


def output_of(bridge, data):
    """All that comes for these bytes, which are the whole input."""
    bridge.process.stdin.write(data)
    status, output, errors = bridge.end()
    assert (status, errors) == (0, b"")
    return output


@pytest.mark.parametrize(
    "data",
    {
        "lf": PING + b"\n",
        "cr lf": PING + b"\r\n",
        "no end": PING,
        "no end but cr": PING + b"\r",
        "empty lines": b"\n\r\n \t \r\n\n" + PING + b"\n\n \n\t",
        "space around": b" \t\r " + PING + b" \t\r \n",
        "space inside": b' { "jsonrpc" :\t"2.0" ,\r"id" : 1 , "method" : "bridge.ping" } \n',
        "a byte order mark": BOM + PING + b"\n",
        "a byte order mark and an empty line": BOM + b"\r\n" + PING,
        "an empty line and crlf": b"\r\n\r\n" + PING + b"\r\n",
    }.items(),
    ids=lambda item: item[0],
)
def test_white_space_ends_of_lines_and_a_mark_at_the_start_mean_nothing(bridge, data):
    assert output_of(bridge, data[1]) == PONG


@pytest.mark.parametrize("data", [b"", b"\n", b" \t\r\n\r\n", BOM, BOM + b"\n", b"\xef", b"\xef\xbb"], ids=repr)
def test_an_input_without_a_request(bridge, data):
    output = output_of(bridge, data)
    # Two thirds of a mark are no mark, but bytes that are not JSON.
    assert output.count(b"\n") == (1 if data in (b"\xef", b"\xef\xbb") else 0) and output.count(b'"parse_error"') == output.count(b"\n")


def test_a_line_may_come_byte_by_byte(bridge):
    for byte in BOM + PING + b"\r\n":
        bridge.process.stdin.write(bytes([byte]))
        bridge.process.stdin.flush()
    assert bridge.line() + b"\n" == PONG


NOT_JSON = {
    "a mark later": BOM + PING,
    "a mark twice": BOM + BOM + PING,
    "a trailing comma": PING[:-1] + b",}",
    "two values": PING + PING,
    "single quotes": PING.replace(b'"', b"'"),
    "a comment": PING + b" // ping",
    "NaN": PING.replace(b":1,", b":NaN,"),
    "a leading zero": PING.replace(b":1,", b":01,"),
    "a plus": PING.replace(b":1,", b":+1,"),
    "no digit after the point": PING.replace(b":1,", b":1.,"),
    "no digit before the point": PING.replace(b":1,", b":.5,"),
    "no exponent": PING.replace(b":1,", b":1e,"),
    "hexadecimal": PING.replace(b":1,", b":0x1,"),
    "a capital": PING.replace(b":1,", b":True,"),
    "a tab in a string": PING.replace(b"ping", b"pi\tng"),
    "a NUL in a string": PING.replace(b"ping", b"pi\0ng"),
    "a NUL": PING + b"\0",
    "an unknown escape": PING.replace(b"ping", rb"pi\xng"),
    "half an escape": PING.replace(b"ping", rb"pi\u12"),
    "a bad hex digit": PING.replace(b"ping", rb"pi\u12G4"),
    "a form feed": PING + b"\x0c",
    "a no-break space": PING + "\u00a0".encode(),
    "UTF-16": PING.decode().encode("utf-16-be"),
    "text": b"hello",
    "half": PING[:-1],
    "a closing bracket": b"]",
    "half a batch": b"[" + PING + b",",
    "unquoted name": b"{id:1}",
    "no colon": b'{"id" 1}',
    "a lone continuation byte": PING.replace(b"ping", b"pi\x80ng"),
    "a cut sequence": PING.replace(b"ping", b"pi\xc3"),
    "an overlong slash": PING.replace(b"ping", b"pi\xc0\xaf"),
    "an overlong three-byte form": PING.replace(b"ping", b"pi\xe0\x80\xaf"),
    "an overlong four-byte form": PING.replace(b"ping", b"pi\xf0\x80\x80\xaf"),
    "a surrogate in UTF-8": PING.replace(b"ping", b"pi\xed\xa0\x80"),
    "above U+10FFFF": PING.replace(b"ping", b"pi\xf4\x90\x80\x80"),
    "a byte that is never UTF-8": PING.replace(b"ping", b"pi\xff"),
    "latin-1 in the params": b'{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"name":"caf\xe9"}}',
}


@pytest.mark.parametrize("line", NOT_JSON.values(), ids=NOT_JSON)
def test_a_bad_line_is_answered_and_the_next_is_served(bridge, line):
    bridge.send("", line, PING)
    refusal = bridge.message()
    assert (refusal["id"], refusal["error"]["code"], refusal["error"]["data"]["kind"]) == (None, -32700, "parse_error")
    assert refusal["error"]["data"]["outcome"] == "none" and refusal["error"]["data"]["retryable"] is False
    assert bridge.line() + b"\n" == PONG


def long_ping(size):
    """A ping whose line, LF not counted, has this many bytes."""
    start, end = b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","more":"', b'"}'
    return start + b"x" * (size - len(start) - len(end)) + end


def refused(bridge, kind, id=None, code=-32600):
    answer = bridge.message()
    assert answer["id"] == id
    assert (answer["error"]["code"], answer["error"]["data"]["kind"]) == (code, kind)


def test_a_line_of_8_mib_is_served_and_one_byte_more_is_not(bridge):
    bridge.send(long_ping(LINE), long_ping(LINE + 1), PING)
    assert bridge.line() + b"\n" == PONG
    refused(bridge, "message_too_large")
    assert bridge.line() + b"\n" == PONG


def test_a_longer_line_is_refused_before_its_end_and_not_kept(bridge):
    bridge.process.stdin.write(b"[" * (LINE + (1 << 16)))
    bridge.process.stdin.flush()
    refused(bridge, "message_too_large")
    for _ in range(64):
        bridge.process.stdin.write(b"\x00" * (1 << 20))
    bridge.send(b"", PING)
    assert bridge.line() + b"\n" == PONG
    with open(f"/proc/{bridge.process.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    assert peak < 48 << 10, peak


def test_a_long_last_line_without_an_end_is_refused_once(bridge):
    output = output_of(bridge, b"x" * (LINE + 1))
    assert output.count(b"\n") == 1 and b'"message_too_large"' in output


def nested(depth, open=b"[", close=b"]"):
    return b'{"jsonrpc":"2.0","id":1,"method":"bridge.ping","more":' + open * (depth - 1) + close * (depth - 1) + b"}"


def test_128_open_arrays_and_objects_are_read_and_129_are_not(bridge):
    bridge.send(nested(128), nested(129))
    assert bridge.line() + b"\n" == PONG
    refused(bridge, "nesting_too_deep")
    bridge.send(nested(128, b'{"a":', b"}").replace(b":}", b":1}"), nested(129, b'{"a":', b"}").replace(b":}", b":1}"))
    assert bridge.line() + b"\n" == PONG
    refused(bridge, "nesting_too_deep")
    bridge.send(b"[" * 128 + b"]" * 128)
    assert [element["error"]["data"]["kind"] for element in bridge.message()] == ["invalid_request"]
    bridge.send(PING)
    assert bridge.line() + b"\n" == PONG


@pytest.mark.parametrize("rest", [b"", b"]" * 129, b"garbage", b"\xff", b"[" * 100_000, b'{"a":' * 100_000], ids=lambda rest: repr(rest[:9]))
def test_at_the_129th_reading_stops_whatever_follows(bridge, rest):
    bridge.send(b"[" * 129 + rest, PING)
    refused(bridge, "nesting_too_deep")
    assert bridge.line() + b"\n" == PONG


def test_garbage_before_the_129th_is_not_json(bridge):
    bridge.send(b"[" * 128 + b"x" + b"[" * 100)
    refused(bridge, "parse_error", code=-32700)


@pytest.mark.parametrize("make", [lambda n: b'"' + b"x" * (n - 2) + b'"', lambda n: b"7" * n, lambda n: b'"' + "é".encode() * (n // 2 - 1) + b'"'])
def test_an_id_of_16_kib_is_echoed_and_a_longer_one_is_not(bridge, make):
    bridge.send(*[PING.replace(b":1,", b":" + make(size) + b",") for size in (16384, 16386)])
    answer = bridge.line()
    assert answer == b'{"jsonrpc":"2.0","id":' + make(16384).replace("é".encode(), rb"\u00e9") + b',"result":{}}'
    refused(bridge, "message_too_large")


def test_output_is_ascii_with_lf_only_whatever_goes_in(bridge):
    name = "é\u2028\u2029\ufeff\u0378\u00ad\U0001f600\U0010ffff\\\"/"
    account = bridge.result("accounts.create", {"region": "local", "name": name})
    assert account["name"] == name
    bridge.send({"jsonrpc": "2.0", "id": "l", "method": "accounts.list", "params": {"region": "local"}})
    line = bridge.line()
    assert rb"\u00e9\u2028\u2029\ufeff\u0378\u00ad\ud83d\ude00\udbff\udfff\\\"/" in line


def test_every_limit_is_shown(bridge):
    limits = bridge.result("bridge.info")["limits"]
    wanted = {"line_bytes": LINE, "depth": 128, "batch_elements": 100, "id_bytes": 16384, "running_requests": 64, "waiting_requests": 1024}
    wanted |= {"waiting_bytes": LINE, "output_bytes_that_stop_starts": 1 << 20, "output_bytes_that_stop_reading": 2 << 20}
    assert {name: limits[name] for name in wanted} == wanted
    assert (limits["part_bytes"], limits["timeout_ms"], limits["default_timeout_ms"]) == (60 << 10, 600_000, 30_000)


def test_it_is_silent_until_it_is_asked(home):
    with Bridge(home, "--log-level", "trace") as bridge:
        assert bridge.end() == (0, b"", b"")
    assert list(home.iterdir()) == []
