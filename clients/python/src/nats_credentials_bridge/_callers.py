"""One request and its response, for a thread and for a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable, TypeVar

from ._calls import Defaults, result_of
from ._decode import decode
from ._engine import Engine
from ._events import Part
from ._mailbox import AsyncMailbox, Mailbox

T = TypeVar("T")


class Caller:
    """Sends requests and waits. When nothing holds it any more, the program is ended."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None, defaults: Defaults) -> None:
        self.defaults = defaults
        self.engine = Engine(command, env, self)

    def call(self, method: str, given: Mapping[str, Any], timeout: float | None, make: Callable[[Any], T]) -> T:
        """One request and what its result becomes."""
        seconds = self.defaults.wait(method, timeout)
        params = self.defaults.params(method, given, timeout)
        mailbox = Mailbox(self.engine, method)
        with mailbox:
            mailbox.send(params)
            while isinstance(event := mailbox.take(seconds), Part):
                pass
            return decode(make, result_of(event), method)


class AsyncCaller:
    """Sends requests and awaits the responses. When nothing holds it any more, the program is ended."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None, defaults: Defaults) -> None:
        self.defaults = defaults
        self.engine = Engine(command, env, self)

    async def call(self, method: str, given: Mapping[str, Any], timeout: float | None, make: Callable[[Any], T]) -> T:
        """One request and what its result becomes."""
        seconds = self.defaults.wait(method, timeout)
        params = self.defaults.params(method, given, timeout)
        mailbox = AsyncMailbox(self.engine, method)
        with mailbox:
            mailbox.send(params)
            while isinstance(event := await mailbox.take(seconds), Part):
                pass
            return decode(make, result_of(event), method)
