"""Lists for threads: lazy, in windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from ._calls import Listed, Walk, result_of
from ._engine import Engine
from ._events import Part
from ._mailbox import Mailbox
from .pages import Page

Row = TypeVar("Row")


class Listing(Generic[Row]):
    """A list that is read while it is iterated. Each iteration begins anew; nothing is asked for before.

    Four pages are asked for at a time, and the next four when these are used up. Leaving the loop early cancels what
    is under way.
    """

    def __init__(
        self, engine: Engine, listed: Listed[Row], params: Mapping[str, Any], seconds: float, owner: object
    ) -> None:
        self._engine, self._listed, self._params, self._seconds, self._owner = engine, listed, params, seconds, owner

    def __iter__(self) -> Iterator[Row]:
        # No `with`: a generator may be closed by the garbage collector, in the middle of anything. Pages.__del__ is
        # made for that.
        for page in self.pages():
            yield from page.rows

    def pages(self) -> Pages[Row]:
        """The same rows by pages, each with the total count and the cursor that goes on after it."""
        return Pages(self._engine, Walk(self._listed, self._params), self._seconds, self._owner)


class Pages(Generic[Row]):
    """Iterates pages. At the end of a ``with`` block, or with close(), what is under way is cancelled."""

    def __init__(self, engine: Engine, walk: Walk[Row], seconds: float, owner: object) -> None:
        self._engine, self._walk, self._seconds = engine, walk, seconds
        self._owner = owner  # So that the program lives as long as this iterates.
        self._mailbox: Mailbox | None = None
        self._closed = False

    @property
    def complete(self) -> bool | None:
        """After the end: whether surely no row was missed. None before."""
        return self._walk.complete

    @property
    def moved(self) -> bool:
        """Whether rows shifted under the pages, because others changed the list; none was given twice."""
        return self._walk.moved

    def __iter__(self) -> Pages[Row]:
        return self

    def __next__(self) -> Page[Row]:
        while not self._closed:
            if self._walk.ended and self._mailbox is None:
                break
            try:
                if self._mailbox is None:
                    self._mailbox = Mailbox(self._engine, self._walk.method)
                    self._mailbox.send(self._walk.next_window())
                event = self._mailbox.take(self._seconds)
                if isinstance(event, Part):
                    page = self._walk.part(event.value)
                else:
                    self._mailbox = None
                    page = self._walk.sums(result_of(event))
            except BaseException:
                self.close()
                raise
            if page is not None:
                return page
        raise StopIteration

    def close(self) -> None:
        """Ends the iteration and cancels what is under way."""
        self._closed = True
        mailbox, self._mailbox = self._mailbox, None
        if mailbox is not None:
            mailbox.give_up()

    def __enter__(self) -> Pages[Row]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_mailbox", None) is not None:
            self._mailbox.give_up_later()  # type: ignore[union-attr]
