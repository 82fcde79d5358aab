"""What the bridge writes to stderr, as records of logging."""

from __future__ import annotations

import collections
import logging
from typing import IO

from ._log import log

LEVELS = {
    "error": logging.ERROR,
    "warning": logging.WARNING,
    "info": logging.INFO,
    "debug": logging.DEBUG,
    "trace": logging.DEBUG,
}
TAIL_LINES = 30
LINE_CHARACTERS = 2000


class StderrReader:
    """Drains stderr, logs each line with its own level, and keeps the last ones."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)

    def run(self) -> None:
        """Returns when stderr ends."""
        rest = b""
        with self._stream:
            while chunk := self._stream.read(1 << 16):
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._line(line)
                if len(rest) > LINE_CHARACTERS:
                    self._line(rest)
                    rest = b""
        if rest:
            self._line(rest)

    def _line(self, line: bytes) -> None:
        text = line[:LINE_CHARACTERS].decode("utf-8", "backslashreplace")
        self.tail.append(text)
        _, _, after = text.partition("nats-credentials-bridge: ")
        level = LEVELS.get(after.partition(":")[0], logging.WARNING)
        log(level, "%s", text)
