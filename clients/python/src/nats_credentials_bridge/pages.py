"""Pages of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a walk through a list."""

    rows: tuple[Row, ...]
    total_count: int
    """How many rows there are in all, as far as is known now."""
    cursor: str | None
    """Goes on after this page: ``list(cursor=…)``, also in another process."""


@dataclass(frozen=True)
class NumberedPage(Generic[Row]):
    """One page that was asked for by its number."""

    rows: tuple[Row, ...]
    total_count: int
    page: int
    page_size: int
    next_page: int | None
    """None on the last page."""
    region: str
