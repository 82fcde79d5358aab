"""A request under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from ._effects import doubtful
from ._events import Deliver, Event
from .errors import Outcome


@dataclass
class Pending:
    """A request under way. One without `deliver` was given up, but is still to be answered.

    Its line is here until the writer takes it: a request that still has it was never sent.
    """

    method: str
    deliver: Deliver | None
    line: bytes | None = field(repr=False)

    @property
    def outcome(self) -> Outcome:
        """What it may have done to the world, if no response comes."""
        return "none" if self.line is not None else doubtful(self.method)

    def hand_over(self, event: Event) -> bool:
        """False: nobody is there any more."""
        deliver = self.deliver  # Once: a finalizer may give the request up between two steps.
        return deliver is not None and deliver(event)
