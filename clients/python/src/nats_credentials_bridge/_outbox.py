"""What waits to be written to the program."""

from __future__ import annotations

import collections
import queue
from collections.abc import Iterator
from typing import Callable


class Outbox:
    """Lines in the order in which they are to be written. Takes no lock that Python could be interrupted in."""

    def __init__(self) -> None:
        # What makes the next line, when its turn comes, or b"" if it is not wanted any more; and None for the end.
        self._queue: queue.SimpleQueue[Callable[[], bytes] | None] = queue.SimpleQueue()
        # One for each line that was put and is not wholly written.
        self._owed: collections.deque[None] = collections.deque()

    def put(self, make_line: Callable[[], bytes]) -> None:
        """A line behind all others. Waits for nothing; finalizers may call it."""
        # First this: a line that is written past the outbox must not get before this one, or into the middle of it.
        self._owed.append(None)
        self._queue.put(make_line)

    def is_empty(self) -> bool:
        """Whether all that was put is written."""
        return not self._owed

    def end(self) -> None:
        """Nothing that is put from here on is written. May be called again."""
        self._queue.put(None)

    def lines(self) -> Iterator[bytes]:
        """For the thread that writes: each line, to be written before the next is taken; until the end."""
        while (make_line := self._queue.get()) is not None:
            yield make_line()
            self._owed.popleft()
