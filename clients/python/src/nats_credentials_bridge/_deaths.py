"""The error of every request that the program will not answer any more."""

from __future__ import annotations

from collections.abc import Sequence

from ._events import MakeError
from ._program import Program
from ._unusable import why_not_loaded
from .errors import BinaryNotUsable, BridgeDied, BridgeError, NotABridge, ProtocolError


def death_by(problem: BridgeError) -> MakeError:
    """Where the library ended the program, because of this."""
    text = str(problem)
    if isinstance(problem, NotABridge):
        return lambda outcome: NotABridge(text)
    return lambda outcome: ProtocolError(text, outcome)


def own_death(program: Program, stderr: Sequence[str], recognised: bool) -> MakeError:
    """Where it has ended by itself. recognised: whether it had said before that it is the bridge."""
    text = None if recognised else why_not_loaded(program.path, stderr)
    if text is not None:
        return lambda outcome: BinaryNotUsable(text)
    return lambda outcome: BridgeDied(program.returncode, stderr, outcome, recognised)
