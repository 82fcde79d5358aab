"""Lists for threads: lazy, in windows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

from ._callers import Caller
from ._calls import Listed, Walk
from ._sync_walks import Pages

Row = TypeVar("Row")


class Listing(Generic[Row]):
    """A list that is read while it is iterated. Each iteration begins anew; nothing is asked for before.

    Four pages are asked for at a time, and the next four when these are used up. Leaving the loop early cancels what
    is under way.
    """

    def __init__(self, caller: Caller, listed: Listed[Row], params: Mapping[str, Any], seconds: float) -> None:
        self._caller, self._listed, self._params, self._seconds = caller, listed, params, seconds

    def __iter__(self) -> Iterator[Row]:
        # No `with`: what iterates may be closed by the garbage collector, in the middle of anything. Pages.__del__ is
        # made for that.
        return itertools.chain.from_iterable(page.rows for page in self.pages())

    def pages(self) -> Pages[Row]:
        """The same rows by pages, each with the total count and the cursor that goes on after it."""
        return Pages(self._caller, Walk(self._listed, self._params), self._seconds)
