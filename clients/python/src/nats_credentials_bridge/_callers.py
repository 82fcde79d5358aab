"""One request and its response, for a thread and for a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Callable, TypeVar

from ._calls import Defaults, grace
from ._decode import decode
from ._engine import Engine
from ._events import Part, result_of
from ._mailbox import AsyncMailbox, Mailbox
from ._program import Program
from ._retries import Retries
from .rpc_errors import RPCError

T = TypeVar("T")


class Caller:
    """Sends requests and waits. When nothing holds it any more, the program is ended."""

    def __init__(self, start: Callable[[], Program], defaults: Defaults) -> None:
        self.defaults = defaults
        self.engine = Engine(start, self)

    def call(self, method: str, given: Mapping[str, Any], timeout: float | None, make: Callable[[Any], T]) -> T:
        """One request and what its result becomes; if that is an error that passes, more requests."""
        params = self.defaults.params(method, given, timeout)
        retries = Retries(self.defaults.max_retries, method, params, self.defaults.seconds(timeout))
        while True:
            mailbox = Mailbox(self.engine, method)
            try:
                with mailbox:
                    mailbox.send(retries.params, retries.pause)
                    seconds = retries.seconds + grace(method)
                    while isinstance(event := mailbox.take(seconds), Part):
                        pass
                    return decode(make, result_of(event), method)
            except RPCError as error:
                if not retries.allow(error):
                    raise


class AsyncCaller:
    """Sends requests and awaits the responses. When nothing holds it any more, the program is ended."""

    def __init__(self, start: Callable[[], Program], defaults: Defaults) -> None:
        self.defaults = defaults
        self.engine = Engine(start, self)

    async def call(self, method: str, given: Mapping[str, Any], timeout: float | None, make: Callable[[Any], T]) -> T:
        """One request and what its result becomes; if that is an error that passes, more requests."""
        params = self.defaults.params(method, given, timeout)
        retries = Retries(self.defaults.max_retries, method, params, self.defaults.seconds(timeout))
        while True:
            mailbox = AsyncMailbox(self.engine, method)
            try:
                with mailbox:
                    await mailbox.send(retries.params, retries.pause)
                    seconds = retries.seconds + grace(method)
                    while isinstance(event := await mailbox.take(seconds), Part):
                        pass
                    return decode(make, result_of(event), method)
            except RPCError as error:
                if not retries.allow(error):
                    raise
