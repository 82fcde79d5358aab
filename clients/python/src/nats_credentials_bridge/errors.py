"""Everything that can go wrong. All of it is a :class:`BridgeError`.

A call that the bridge answers with an error raises :class:`RPCError`, by its kind one of the subclasses in
:mod:`.rpc_errors`.
"""

from __future__ import annotations

import signal as signals
from collections.abc import Sequence
from typing import Any, Literal

Outcome = Literal["none", "done", "unknown"]


class BridgeError(Exception):
    """The base of all errors of this package.

    outcome: what happened to the world: "none" (nothing changed), "done" (the change was made) or "unknown" (it may
    have been made; check before you retry it).
    method: of the call that it ended, such as "credentials.create"; the text begins with it. None where there was no
    call, as in ``Bridge()``.
    """

    outcome: Outcome = "none"
    method: str | None = None

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.method}: {text}" if self.method else text


class BinaryNotFound(BridgeError):
    """The program nats-credentials-bridge was not found; the message says of all four places what is there."""


class BinaryNotUsable(BridgeError):
    """The program is there, but cannot be loaded here; the message says why, and what to do.

    It is not executable, it is for another machine or system, its loader or a library is missing, or the C library is
    too old. If only its loader sees that, the first call raises this.
    """


class NotABridge(BridgeError):
    """What was started is not nats-credentials-bridge, or speaks another protocol. It was sent no request."""


class ProtocolError(BridgeError):
    """The bridge wrote something that the protocol does not allow.

    outcome: "unknown" if the call was a change that was under way, else "none".
    """

    def __init__(self, message: str, outcome: Outcome = "none") -> None:
        super().__init__(message + _doubt(outcome))
        self.outcome: Outcome = outcome


class BridgeForked(BridgeError):
    """This is a child that was made by fork(): the bridge belongs to its parent. Make a new Bridge here."""


class BridgeClosed(BridgeError):
    """The bridge was closed, before the call or during it.

    outcome: "unknown" if the call was a change that was under way, else "none".
    """

    def __init__(self, outcome: Outcome = "none") -> None:
        super().__init__("the bridge is closed" + _doubt(outcome))
        self.outcome: Outcome = outcome

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.outcome,), {"method": self.method}


class BridgeDied(BridgeError):
    """The bridge ended by itself, or was killed.

    returncode: its exit status, negative for a signal, as subprocess has it. None if that is lost, because this process
        ignores SIGCHLD, or something else in it has waited for the program.
    signal: the number of the signal that ended it, or None.
    stderr_tail: the last lines that it wrote to stderr.
    outcome: "unknown" if the call was a change that was under way, else "none".
    """

    def __init__(
        self, returncode: int | None, stderr_tail: Sequence[str] = (), outcome: Outcome = "none", answered: bool = True
    ) -> None:
        self.returncode = returncode
        self.signal: int | None = -returncode if returncode is not None and returncode < 0 else None
        self.stderr_tail = tuple(stderr_tail)
        self.outcome: Outcome = outcome
        self._answered = answered
        how = "has ended, and its exit status is lost: SIGCHLD is ignored, or something else has waited for the program"
        if returncode is not None:
            how = f"was ended by {_signal_name(self.signal)}" if self.signal else f"ended with exit status {returncode}"
        when = "" if answered else " before it answered anything"
        tail = "".join(f"\n    {line}" for line in self.stderr_tail)
        super().__init__(
            f"the bridge {how}{when}{_doubt(outcome)}" + (f"; its last lines on stderr:{tail}" if tail else "")
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.returncode, self.stderr_tail, self.outcome, self._answered), {"method": self.method}


class BridgeTimeout(BridgeError, TimeoutError):
    """No response came within the time that the bridge has for it, and some more. The request has been cancelled.

    method, seconds: what was asked for, and how long was waited.
    outcome: "unknown" if the call was a change that was sent, else "none".
    """

    def __init__(self, method: str, seconds: float, outcome: Outcome = "none", hint: str = "") -> None:
        self.method, self.seconds, self.outcome, self.hint = method, seconds, outcome, hint
        super().__init__(f"no response within {seconds:g} s{_doubt(outcome)}{hint}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.method, self.seconds, self.outcome, self.hint)


class NatsServerError(BridgeError):
    """The nats-server of a temporary bridge was not found, or did not start.

    log_tail: the last lines that it wrote; empty if it was not found.
    """

    def __init__(self, message: str, log_tail: Sequence[str] = ()) -> None:
        self.log_tail = tuple(log_tail)
        self._message = message
        tail = "".join(f"\n    {line}" for line in self.log_tail)
        super().__init__(message + (f"; its last lines:{tail}" if tail else ""))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message, self.log_tail)


def _doubt(outcome: Outcome) -> str:
    return "; the change may have been made all the same: check before you retry it" if outcome == "unknown" else ""


def _signal_name(number: int) -> str:
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"
