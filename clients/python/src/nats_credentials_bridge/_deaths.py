"""The error of every request that the program will not answer any more."""

from __future__ import annotations

from collections.abc import Sequence

from ._events import MakeError
from .errors import BridgeDied, BridgeError, NotABridge, ProtocolError


def death_by(problem: BridgeError) -> MakeError:
    """Where the library ended the program, because of this."""
    text = str(problem)
    if isinstance(problem, NotABridge):
        return lambda outcome: NotABridge(text)
    return lambda outcome: ProtocolError(text, outcome)


def own_death(status: int, tail: Sequence[str], recognised: bool) -> MakeError:
    """Where it has ended by itself. recognised: whether it had said before that it is the bridge."""
    lines = tuple(tail)
    return lambda outcome: BridgeDied(status, lines, outcome, recognised)
