"""What the program writes to stdout."""

from __future__ import annotations

import contextlib
import io
import os
import select
import time
from collections.abc import Iterator

from ._program import Program

# How long is read after the process has ended, while somebody else holds its stdout: a filter that it wrote through may
# have something left, but a child that it left behind may hold it for ever.
PIPE_SECONDS = 0.5


class StdoutReader:
    """Reads until the end of stdout, or until the end of the process and a moment more."""

    def __init__(self, program: Program) -> None:
        self._program = program
        woken, wake = os.pipe()
        # Files, not numbers: a file is closed once only, and after that its number may be somebody else's.
        self._woken, self._wake = io.FileIO(woken, "rb"), io.FileIO(wake, "wb")

    def wake(self) -> None:
        """The process has ended."""
        self._wake.write(b"\n")

    def chunks(self) -> Iterator[bytes]:
        """What is written, cut anywhere."""
        stdout = self._program.stdout.fileno()
        poll = select.poll()
        poll.register(stdout, select.POLLIN)
        woken = self._woken.fileno()
        poll.register(woken, select.POLLIN)
        end: float | None = None
        while end is None or time.monotonic() < end:
            ready = poll.poll(None if end is None else max(0, end - time.monotonic()) * 1000)
            if end is None and woken in dict(ready):
                poll.unregister(woken)
                end = self._program.ended_at + PIPE_SECONDS
            elif ready:
                chunk = os.read(stdout, 1 << 16)
                if not chunk:
                    return
                yield chunk

    def close(self) -> None:
        """Closes all. Not before the program counts as ended, or wake() might write into a file of somebody else's."""
        self._program.stdout.close()
        self.forget()

    def forget(self) -> None:
        """Closes what is its own."""
        for file in (self._woken, self._wake):
            with contextlib.suppress(OSError):
                file.close()
