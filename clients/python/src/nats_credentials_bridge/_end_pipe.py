"""How the threads that wait for pipes are told that the process has ended."""

from __future__ import annotations

import contextlib
import io
import os


class EndPipe:
    """A pipe with something in it from the end of the process on. Nobody reads it, so that all who poll see it."""

    def __init__(self) -> None:
        woken, wake = os.pipe()
        # Files, not numbers: a file is closed once only, and after that its number may be somebody else's.
        self._wake = io.FileIO(wake, "wb")
        # To be polled. One each: with eventlet no two may wait for the same file.
        self.for_reader, self.for_writer = io.FileIO(woken, "rb"), io.FileIO(os.dup(woken), "rb")

    def tell(self) -> None:
        """The process has ended, or is given up."""
        with contextlib.suppress(ValueError):  # Nobody waits any more, and it is closed.
            self._wake.write(b"\n")

    def close(self) -> None:
        """Not before those who poll it have ended."""
        for file in (self.for_reader, self.for_writer, self._wake):
            with contextlib.suppress(OSError):
                file.close()
