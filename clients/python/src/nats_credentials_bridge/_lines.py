"""Lines: from bytes that were cut anywhere, and between messages and lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

# Made once: json.dumps makes one for every message that is not written its own way, which is 0.6 µs of 2.
_encoder = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_decoder = json.JSONDecoder()


def encode(message: Mapping[str, Any]) -> bytes:
    """One line, with its end."""
    return _encoder.encode(message).encode("ascii") + b"\n"


def decode_line(line: bytes) -> Any:
    """As json.loads has it, and with its errors.

    A line of the bridge's is UTF-8 and has nothing around its value. A short one of those takes 0.5 µs here, and 1.6 µs
    in json.loads, which looks for other encodings and for white space.
    """
    try:
        text = line.decode()
        message, end = _decoder.raw_decode(text)
        if end == len(text):
            return message
    except ValueError:
        pass
    return json.loads(line)


class LineReader:
    """Cuts bytes into lines. The parts of a long one are joined once, at its end."""

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that end in what was read, without their ends."""
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines and self._begun:
            lines[0] = b"".join([*self._begun, lines[0]])
            self._begun.clear()
        if rest:
            self._begun.append(rest)
        return lines
