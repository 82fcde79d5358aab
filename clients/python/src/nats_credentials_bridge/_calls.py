"""What Bridge and AsyncBridge have in common beyond the protocol: params, times, and the walk through a list."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable, Generic, TypeVar, Union

from ._decode import decode
from ._effects import effect
from ._generated import (
    METHODS,
    Account,
    Credential,
    IssuedCredential,
    IssuedToContext,
    IssuedToFile,
    IssuedWithSecret,
)
from ._log import log
from .pages import NumberedPage, Page

Row = TypeVar("Row")
StrPath = Union[str, "os.PathLike[str]"]

# By the effect of a method.
GRACE = {"mutation": 15.0, "read": 5.0, "none": 0.0}
MOST_SECONDS = 600.0
# An iterator asks for so many pages at a time, so other calls never wait behind more, and no more are in memory.
WINDOW_PAGES = 4


@dataclass(frozen=True)
class Defaults:
    """What holds for every call that does not say otherwise."""

    region: str | None
    timeout: float
    max_retries: int = 0
    has_cwd: bool = False
    """Whether the program was given a folder to run in: relative paths begin there then."""

    def __post_init__(self) -> None:
        self.seconds(None)
        if isinstance(self.max_retries, bool) or not isinstance(self.max_retries, int):
            raise TypeError("max_retries is a number of retries")
        if self.max_retries < 0:
            raise ValueError("max_retries is 0 or more")

    def params(self, method: str, given: Mapping[str, Any], timeout: float | None) -> dict[str, Any]:
        """The params to send: what was given, with the defaults, without what was left out."""
        known = METHODS[method][1] if method in METHODS else {}
        params: dict[str, Any] = {}
        if "region" in known and self.region is not None:
            params["region"] = self.region
        if "timeout_ms" in known:
            params["timeout_ms"] = math.ceil(self.seconds(timeout) * 1000)
        for name, value in given.items():
            if value is not None:
                params[name] = self._path(value) if name == "save_to" and name in known else value
        return params

    def _path(self, path: object) -> object:
        """A relative one begins where this process is now, which need not be where the bridge was started."""
        if not isinstance(path, (str, os.PathLike)):
            return path
        name = os.fspath(path)
        return name if self.has_cwd or not name or os.path.isabs(name) else os.path.join(os.getcwd(), name)

    def seconds(self, timeout: float | None) -> float:
        """The timeout of a call, checked."""
        seconds = self.timeout if timeout is None else timeout
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise TypeError("timeout is a number of seconds")
        if not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"timeout is more than 0 and at most {MOST_SECONDS:g} seconds")
        return seconds


def grace(method: str) -> float:
    """How many seconds longer than the bridge has for a request its response is waited for."""
    return GRACE[effect(method)]


def issued(save_to: object, nats_context: object) -> Callable[[Mapping[str, Any]], IssuedCredential]:
    """What makes the result of a create that was given these: of the class that its overloads promise."""
    if nats_context is not None:
        return lambda wire: IssuedToContext.from_wire(_with(wire, "saved", "nats_context"))
    if save_to is not None:
        return lambda wire: IssuedToFile.from_wire(_with(wire, "saved"))
    return lambda wire: IssuedWithSecret.from_wire(_with(wire, "credentials"))


def _with(wire: Mapping[str, Any], *members: str) -> Mapping[str, Any]:
    for member in members:
        if wire.get(member) is None:
            raise KeyError(member)
    return wire


def raw_timeout(params: Mapping[str, Any] | None, timeout: float | None) -> float | None:
    """The timeout of a call by the protocol's own names, which may have its own milliseconds."""
    milliseconds = (params or {}).get("timeout_ms")
    if timeout is None and isinstance(milliseconds, int) and 0 < milliseconds <= MOST_SECONDS * 1000:
        return milliseconds / 1000
    return timeout


@dataclass(frozen=True)
class Listed(Generic[Row]):
    """A kind of thing that has lists."""

    group: str
    member: str
    make: Callable[[list[dict[str, Any]]], tuple[Row, ...]]

    def rows(self, message: Mapping[str, Any]) -> tuple[Row, ...]:
        """The rows of a page or part."""
        return self.make(message[self.member])

    def numbered(self, message: Mapping[str, Any]) -> NumberedPage[Row]:
        """The result of the method list."""
        numbers = {name: message[name] for name in ("total_count", "page", "page_size", "next_page", "region")}
        return NumberedPage(self.rows(message), **numbers)


CREDENTIALS = Listed("credentials", "nats_credentials", Credential.rows_from_wire)
ACCOUNTS = Listed("accounts", "nats_accounts", Account.rows_from_wire)


class Walk(Generic[Row]):
    """One walk through a list in windows: what to ask for next, and what the parts and sums mean.

    No input and output.
    """

    def __init__(self, listed: Listed[Row], params: Mapping[str, Any]) -> None:
        self.method = f"{listed.group}.stream"
        self._listed = listed
        self._params = {**params, "max_pages": WINDOW_PAGES}
        self._rows: tuple[Row, ...] = ()
        self.ended = False
        self.complete: bool | None = None
        self.moved = False

    def next_window(self) -> dict[str, Any]:
        """The params of the next request: for what follows the last page that was given."""
        self._rows = ()  # Of a page that was not complete when a request failed.
        return dict(self._params)

    def part(self, value: Mapping[str, Any]) -> Page[Row] | None:
        """Takes a part; the page, if it ends one.

        A page with long rows comes in several parts, all but the last without a cursor.
        """
        if decode(lambda part: part.get("kind"), value, self.method) != "page":
            return None
        self._rows += decode(self._listed.rows, value, self.method)
        total, cursor = decode(lambda part: (part["total_count"], part["cursor"]), value, self.method)
        if cursor is None:
            return None
        self._params["cursor"] = cursor
        return self._page(total, cursor)

    def sums(self, result: object) -> Page[Row] | None:
        """Takes the response that ends a window; the last page, if it had no cursor."""
        names = ("complete", "moved", "cursor", "total_count")
        complete, moved, cursor, total = decode(lambda sums: tuple(sums[name] for name in names), result, self.method)
        self.moved = self.moved or moved
        if cursor is None:
            self.ended, self.complete = True, complete
            if not complete:
                log(logging.WARNING, "%s: rows may have been missed, because others change the list", self.method)
        else:
            self._params["cursor"] = cursor
        return self._page(total, cursor) if self._rows else None

    def _page(self, total: int, cursor: str | None) -> Page[Row]:
        page, self._rows = Page(self._rows, total, cursor), ()
        return page
