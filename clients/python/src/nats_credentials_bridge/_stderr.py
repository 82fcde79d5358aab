"""What the bridge writes to stderr, as records of logging."""

from __future__ import annotations

import collections
import logging
import select
from typing import IO

from ._green import new_poll
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
        poll = new_poll()  # Green threads must not wait in read().
        poll.register(self._stream.fileno(), select.POLLIN)
        with self._stream:
            while poll.poll() and (chunk := self._stream.read(1 << 16)):
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LINE_CHARACTERS:
                    lines.append(rest)
                    rest = b""
                self._take(lines)
        if rest:
            self._take([rest])

    def _take(self, lines: list[bytes]) -> None:
        texts = [line[:LINE_CHARACTERS].decode("utf-8", "backslashreplace") for line in lines]
        # Before any is logged: a slow handler must not take the last lines from the error that tells of the end.
        self.tail.extend(texts)
        for text in texts:
            _, _, after = text.partition("nats-credentials-bridge: ")
            log(LEVELS.get(after.partition(":")[0], logging.WARNING), "%s", text)
