"""Events on their way from the reader thread to the tasks of loops."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._events import Event
    from ._mailbox import AsyncMailbox

Arrived = list["tuple[AsyncMailbox, Event]"]


class Arrivals:
    """For the reader thread, which gives out here what has come in one piece.

    A loop is woken once for all of it. Waking is a system call, at which the reader loses Python's lock to the loop's
    thread, and would have to wait for it before every next event, for up to 5 ms while the tasks are busy.
    """

    def __init__(self) -> None:
        self._arrived: dict[asyncio.AbstractEventLoop, Arrived] = {}

    def add(self, loop: asyncio.AbstractEventLoop, mailbox: AsyncMailbox, event: Event) -> bool:
        """Keeps it until the end of the piece. False: the loop is closed."""
        if loop.is_closed():
            return False
        self._arrived.setdefault(loop, []).append((mailbox, event))
        return True

    def give_out(self) -> None:
        """The piece has come to its end."""
        everything, self._arrived = self._arrived, {}
        for loop, arrived in everything.items():
            try:
                loop.call_soon_threadsafe(_arrive, arrived)
            except RuntimeError:  # It was closed meanwhile: nobody is there.
                for mailbox, event in arrived:
                    mailbox.arrive_nowhere(event)


def _arrive(arrived: Arrived) -> None:
    for mailbox, event in arrived:
        mailbox.arrive(event)
