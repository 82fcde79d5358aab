"""The threads of one engine."""

from __future__ import annotations

import threading
from typing import Callable

NAME = "nats-credentials-bridge"


def is_ours() -> bool:
    """Whether the caller runs in a thread of some engine, as a finalizer may."""
    return threading.current_thread().name.startswith(f"{NAME} ")


class Threads:
    """Daemons that begin together, when all are there, or not at all.

    A Ctrl-C while one is being started does not tell whether it will run. So each waits until it is said whether it
    may: then it is clear who closes what they would have used.
    """

    def __init__(self) -> None:
        self._threads: dict[str, threading.Thread] = {}
        self._decided = threading.Event()
        self._called_off = False

    def add(self, name: str, run: Callable[[], None]) -> None:
        """Starts one, which waits for begin()."""
        thread = threading.Thread(target=self._run, args=(run,), name=f"{NAME} {name}", daemon=True)
        self._threads[name] = thread
        thread.start()

    def begin(self) -> None:
        """All are there."""
        self._decided.set()

    def call_off(self) -> bool:
        """None will do anything. False: it is too late, they have begun."""
        self._called_off = not self._decided.is_set()
        self._decided.set()
        return self._called_off

    def have_this_one(self) -> bool:
        """Whether the caller runs in one of them, as a finalizer may."""
        return threading.current_thread() in self._threads.values()

    def join(self, name: str, seconds: float) -> None:
        """Waits so long for the end of one."""
        self._threads[name].join(seconds)

    def _run(self, run: Callable[[], None]) -> None:
        self._decided.wait()
        if not self._called_off:
            run()
