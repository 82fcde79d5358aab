"""What is written to the program's stdin."""

from __future__ import annotations

import os
import select
from typing import IO

from ._green import new_poll


class StdinWriter:
    """Writes whole lines.

    Waits for room in the pipe, but not beyond the end of the process: a child that it left behind may hold the pipe for
    ever, and read nothing.
    """

    def __init__(self, stdin: IO[bytes], end: IO[bytes]) -> None:
        self._stdin, self._end = stdin, end
        os.set_blocking(stdin.fileno(), False)

        # For lines that a pipe takes whole or not at all; then, or if it is closed, this is None or raises.
        self.write_now = stdin.write

    def write(self, line: bytes) -> None:
        """Raises OSError if nobody reads it."""
        rest = memoryview(line)
        while rest:
            # None if the pipe is full.
            rest = rest[self._stdin.write(rest) or 0 :]
            if rest:
                self._wait_for_room()

    def _wait_for_room(self) -> None:
        poll = new_poll()
        poll.register(self._stdin.fileno(), select.POLLOUT)
        poll.register(self._end.fileno(), select.POLLIN)
        if self._end.fileno() in dict(poll.poll()):
            raise BrokenPipeError

    def close(self) -> None:
        """Not while somebody writes: its number could be another file's by then."""
        self._stdin.close()
