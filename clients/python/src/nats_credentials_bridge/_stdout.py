"""What the program writes to stdout."""

from __future__ import annotations

import fcntl
import os
import select
import sys
import termios
import time
from collections.abc import Iterator
from typing import IO

from ._green import new_poll

# How long is read after the process has ended, while somebody else holds its stdout: a filter that it wrote through may
# have something left, but a child that it left behind may hold it for ever.
PIPE_SECONDS = 0.5
CHUNK_BYTES = 1 << 16


class StdoutReader:
    """Reads until the end of stdout, or until the end of the process and a moment more."""

    def __init__(self, stdout: IO[bytes], end: IO[bytes]) -> None:
        self._stdout, self._end = stdout, end
        self._stop_at: float | None = None

    def chunks(self) -> Iterator[bytes]:
        """What is written, cut anywhere."""
        stdout, end = self._stdout.fileno(), self._end.fileno()
        poll = new_poll()
        poll.register(stdout, select.POLLIN)
        poll.register(end, select.POLLIN)
        while end not in dict(poll.poll()):
            if not (chunk := os.read(stdout, CHUNK_BYTES)):
                return
            yield chunk
        # All that the process wrote is in the pipe now. That is read whatever the clock says: those were given,
        # and it is no fault of theirs if this thread was held up.
        yield os.read(stdout, _bytes_in(stdout))
        poll.unregister(end)
        self._stop_at = time.monotonic() + PIPE_SECONDS
        while (seconds := self.seconds_left()) > 0 and poll.poll(seconds * 1000):
            if not (chunk := os.read(stdout, CHUNK_BYTES)):
                return
            yield chunk

    def seconds_left(self) -> float:
        """How long pipes are still read that somebody else may hold."""
        return PIPE_SECONDS if self._stop_at is None else max(0.0, self._stop_at - time.monotonic())


def _bytes_in(pipe: int) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)
