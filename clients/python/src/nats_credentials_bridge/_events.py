"""What can come for a request: parts, and then a response or a failure.

Nobody changes them; they are not frozen because one that is takes twice as long to be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from .errors import BridgeError, Outcome


@dataclass
class Part:
    """A part of a stream."""

    value: Mapping[str, Any] = field(repr=False)


@dataclass
class Answer:
    """The result that ends a request."""

    result: Any = field(repr=False)


@dataclass
class Failure:
    """The error that ends a request."""

    error: BridgeError


Event = Union[Part, Answer, Failure]
# Takes the events of one request, in order. False: nobody is there any more. Is called under the core's lock, so must
# not wait.
Deliver = Callable[[Event], bool]
# Makes the error of a request for which no response will come, by its outcome.
MakeError = Callable[[Outcome], BridgeError]


def result_of(event: Event) -> Any:
    """The result that an event brings, or its error raised; None for a part."""
    if isinstance(event, Failure):
        raise event.error
    return None if isinstance(event, Part) else event.result
