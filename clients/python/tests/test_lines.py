"""Lines are read in two ways: the usual ones by a shorter one, all others by json.loads. Both give the same."""

import json
import math

from conftest import SOURCE

from nats_credentials_bridge._lines import LineReader, decode_line, encode

TESTS = SOURCE.parents[2] / "Tests"
UNUSUAL = [
    b"", b" ", b"{", b"{}", b"{} ", b" {}", b"{}\r", b"\t[]", b"{}{}", b"{},", b"nul", b"null", b"nullnull", b"-",
    b"01", b"NaN", b"-Infinity", b"1" * 5000, b"1e999", b'"\\ud800"', b'"\\ud83d\\ude00"', b'"\xed\xa0\x80"',
    b'"\xff"', b'"\x01"', b'"\xc3\xa4\xe2\x80\xa8"', b"\xef\xbb\xbf{}", b"\xef\xbb\xbf", b"\xc2\xa0{}",
    b"{}\xc2\xa0", b"{}\x00", b"\x00", b"1\x00", b'{"a":1,"a":2}', b'{"a":[{"b":null}],"c":"d"}',
    '{"a":1}'.encode("utf-16"), '{"a":1}'.encode("utf-16-le"), '{"a":1}'.encode("utf-32-be"),
    b"[" * 100_000, b'{"a":' * 100_000, b"[" * 50 + b"]" * 50,
]  # fmt: skip


def outcome(decode, line):
    """What comes of a line; the error with its text, if it does not come to an end."""
    try:
        return repr(decode(line))
    except (ValueError, RecursionError) as error:
        return type(error), isinstance(error, RecursionError) or str(error)


def samples():
    """Lines of all kinds that there are in this project, whole and cut off."""
    files = [*TESTS.glob("Fuzz/corpus/*/*"), *TESTS.glob("Transcripts/*.transcript")]
    assert len(files) > 100
    for path in files:
        for line in path.read_bytes().split(b"\n"):
            yield from (line, line[2:], line[:-1], line + b" ")


def test_both_ways_give_the_same():
    for line in [*UNUSUAL, *samples()]:
        assert outcome(decode_line, line) == outcome(json.loads, line)


def test_a_message_is_written_as_json_dumps_writes_it():
    for message in {"a": ["\u00e4\U0001f600\ud800", 1.5, None, True, {}], 1: ()}, {"long": "x" * 100_000}:
        assert encode(message) == json.dumps(message, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    for bad in math.nan, b"bytes", {1, 2}:
        assert outcome_of_encoding(encode, bad) == outcome_of_encoding(json.dumps, bad, allow_nan=False)


def outcome_of_encoding(encoder, value, **options):
    try:
        return encoder({"a": value}, **options)
    except (TypeError, ValueError) as error:
        return repr(error)


def test_lines_come_whole_wherever_the_bytes_are_cut():
    data = b"one\n\ntwo\nthree\n\n\nfour"
    for size in range(1, len(data) + 1):
        reader, lines = LineReader(), []
        for begin in range(0, len(data), size):
            lines += reader.lines(data[begin : begin + size])
        assert lines == [b"one", b"", b"two", b"three", b"", b""]
        assert reader.lines(b"") == []
        assert reader.lines(b"\n") == [b"four"]
