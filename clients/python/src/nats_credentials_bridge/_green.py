"""Green threads: of gevent or eventlet, which put theirs in the place of threads all over the standard library.

The threads of this package are green then, too, and wait as those libraries let others go on: never in a system call.
Neither library is imported here.
"""

from __future__ import annotations

import os
import select
import sys

from .errors import BridgeError

# What has to be patched, by the names of each library.
NEEDED = {
    "gevent": ("gevent.monkey", "is_module_patched", ("threading", "queue", "select", "subprocess", "time")),
    "eventlet": ("eventlet.patcher", "is_monkey_patched", ("thread", "select", "subprocess", "time")),
}


def green_library() -> str:
    """The library whose green threads are in the place of threads, or "".

    Raises BridgeError if it has patched only some of what is needed.
    """
    for library, (module, function, needed) in NEEDED.items():
        if module in sys.modules:
            is_patched = getattr(sys.modules[module], function)
            missing = [name for name in needed if not is_patched(name)]
            if not missing:
                return library
            if len(missing) < len(needed):
                raise BridgeError(
                    f"{library} has not patched {', '.join(missing)}; let it patch everything, or nothing"
                )
    return ""


class GreenPoll:
    """As much of select.poll as is needed here, by select.select: eventlet has a green one of that only."""

    def __init__(self) -> None:
        self._events: dict[int, int] = {}

    def register(self, file: int, events: int) -> None:
        """As in select.poll."""
        self._events[file] = events

    def unregister(self, file: int) -> None:
        """As in select.poll."""
        del self._events[file]

    def poll(self, milliseconds: float | None = None) -> list[tuple[int, int]]:
        """As in select.poll."""
        reading = [file for file, events in self._events.items() if events & select.POLLIN]
        writing = [file for file, events in self._events.items() if events & select.POLLOUT]
        seconds = None if milliseconds is None else milliseconds / 1000
        readable, writable, _ = select.select(reading, writing, [], seconds)
        return [(file, self._events[file]) for file in (*readable, *writable)]


def new_poll() -> select.poll | GreenPoll:
    """What waits for files."""
    return GreenPoll() if green_library() else select.poll()


def wait_for_end(pid: int) -> bool:
    """Waits for the end of a child, and leaves it to be reaped. False: this system cannot."""
    try:
        file = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except (AttributeError, OSError):
        return False
    try:
        select.select([file], [], [])
    finally:
        os.close(file)
    return True
