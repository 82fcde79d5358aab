"""The protocol without input and output: framing, ids, the table of requests under way, and who gets which message.

Bytes go in by :meth:`Core.feed`; lines to write come out of the other methods. Both Bridge and AsyncBridge stand on
this.
"""

from __future__ import annotations

import itertools
import logging
import select
import threading
from collections.abc import Mapping
from typing import Any, Callable

from ._abandoned import Abandoned
from ._arrivals import Arrivals
from ._effects import effect
from ._events import Answer, Deliver, Event, Failure, MakeError, Part
from ._lines import LineReader, decode_line, encode
from ._log import log
from ._pending import Pending
from .errors import NotABridge, ProtocolError
from .rpc_errors import InvalidRequest, RPCError, UnsupportedProtocol

PROTOCOL = "1"
PROGRAM = "nats-credentials-bridge"
# The longest line that the bridge reads. It answers a longer one with a null id, which nobody could be told of.
LINE_BYTES = 8 << 20


class Core:
    """One connection. May be used by many threads."""

    def __init__(self) -> None:
        # Of the kind that its holder may take again: the garbage collector may run in here, and collect a coroutine,
        # which then gives its request up.
        self._lock = threading.RLock()
        self._pending: dict[int, Pending] = {}
        self._ids = itertools.count(1)
        self._lines = LineReader()
        self.arrivals = Arrivals()
        self._ended: MakeError | None = None
        self.recognised = False

    def hello(self) -> bytes:
        """The first line to write: asks who is there. A wrong response makes :meth:`feed` raise."""
        number = self.new_id()
        self.request(number, "bridge.info", {"protocol": PROTOCOL}, self._recognise)
        return self.take_line(number)

    def new_id(self) -> int:
        """For a request."""
        return next(self._ids)

    def request(self, number: int, method: str, params: Mapping[str, Any], deliver: Deliver) -> None:
        """A new request with this new id, to be written when its turn comes. Its events go to `deliver` from now on."""
        line = encode({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if len(line) > LINE_BYTES:
            raise InvalidRequest(
                -32600,
                f"the request is longer than {LINE_BYTES} bytes",
                {"kind": "message_too_large", "outcome": "none"},
            )
        with self._lock:
            if self._ended is not None:
                raise self._ended("none")
            self._pending[number] = Pending(method, deliver, line)

    def take_line(self, number: int) -> bytes:
        """The line of a request, to be written now: from here on it counts as sent. Empty if it was given up before."""
        with self._lock:
            pending = self._pending.get(number)
            if pending is None or pending.line is None:
                return b""
            line, pending.line = pending.line, None
        return line

    def write_now(self, number: int, may_write: Callable[[], bool], write: Callable[[bytes], int | None]) -> bool:
        """Writes the line of a request in the thread of its caller; it need not be written later then.

        That saves the caller from waking the writer: half the CPU time of a call, 15 of 31 µs. False if the pipe does
        not take the line whole and at once, or if `may_write` says that others have to be written before: it is asked
        where no turn can begin meanwhile, for take_line() waits for this.
        """
        with self._lock:
            pending = self._pending.get(number)
            if pending is None or (line := pending.line) is None:
                return True
            if len(line) > select.PIPE_BUF or not may_write():
                return False
            written: list[int | None] = []
            try:
                pending.line = None
                # One step for Python: no Ctrl-C comes between the writing and the note of it.
                written.extend(map(write, (line,)))
            except (OSError, ValueError):
                pass  # The writer will see the same.
            finally:
                if not (written and written[0]):
                    pending.line = line
            return pending.line is None

    def write_no_more(self, close: Callable[[], None]) -> None:
        """Closes what `write_now` writes to, while nobody is in there."""
        with self._lock:
            close()

    def abandon(self, number: int) -> Abandoned | None:
        """Gives a request up. None: its last event has been delivered already, or it is forgotten."""
        with self._lock:
            pending = self._pending.get(number)
            if pending is None:
                return None
            abandoned = Abandoned(pending.outcome, b"")
            if pending.line is not None:
                del self._pending[number]
                pending.line = b""  # If this is a finalizer in the writer's thread, that may just be taking it.
                return abandoned
            if pending.deliver is None:
                return abandoned
            pending.deliver = None
        cancel = encode({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}})
        return abandoned._replace(cancel=cancel)

    def end(self, make_error: MakeError) -> None:
        """Nothing will come any more: ends all requests, and makes new ones fail."""
        with self._lock:
            self._ended = self._ended or make_error
            orphans: list[tuple[str, Failure]] = []
            for pending in list(self._pending.values()):
                event = Failure(make_error(pending.outcome))
                if not pending.hand_over(event):
                    orphans.append((pending.method, event))
            self._pending.clear()
        self.arrivals.give_out()
        for method, failure in orphans:
            self.orphan(method, failure)

    def feed(self, data: bytes) -> None:
        """Takes what was read, cut anywhere."""
        try:
            for line in self._lines.lines(data):
                self._line(line)
        finally:
            self.arrivals.give_out()

    def _line(self, line: bytes) -> None:
        try:
            message = decode_line(line)
            if message["jsonrpc"] != "2.0" or not ("method" in message or "result" in message or "error" in message):
                raise ValueError
            self._message(message)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # The line is not shown: it may have a secret.
            if self.recognised:
                raise ProtocolError("the bridge wrote a line that is not a message of its protocol") from None
            raise NotABridge(f"what was started does not speak JSON-RPC: it is not {PROGRAM}") from None

    def _message(self, message: Mapping[str, Any]) -> None:
        if "method" in message:
            if message["method"] == "$/progress":
                self._deliver(message["params"]["token"], Part(message["params"]["value"]), last=False)
            elif not self.recognised:
                raise ValueError("an echo of what was sent, or a program that sends requests")
        elif "error" in message:
            self._deliver(message.get("id"), Failure(RPCError.from_wire(message["error"])), last=True)
        else:
            self._deliver(message["id"], Answer(message["result"]), last=True)

    def _deliver(self, number: object, event: Event, *, last: bool) -> None:
        with self._lock:
            pending = self._pending.get(number) if isinstance(number, int) else None
            if pending is None:
                taken = True
            else:
                if last:
                    del self._pending[number]  # type: ignore[arg-type]
                taken = pending.hand_over(event)
        if pending is not None and not taken:
            self.orphan(pending.method, event)
        elif pending is None and isinstance(event, Failure):
            log(logging.ERROR, "the bridge refused a line: %s", event.error)

    def _recognise(self, event: Event) -> bool:
        if isinstance(event, Answer):
            if not isinstance(event.result, Mapping) or event.result.get("name") != PROGRAM:
                raise NotABridge(f"what was started speaks JSON-RPC, but is not {PROGRAM}")
            self.recognised = True
        elif isinstance(event, Failure):
            if isinstance(event.error, UnsupportedProtocol):
                raise NotABridge(f"this {PROGRAM} does not speak protocol {PROTOCOL}: {event.error.message}")
            if isinstance(event.error, RPCError):
                raise NotABridge(f"what was started has no bridge.info, so it is not {PROGRAM}: {event.error}")
        return True

    def orphan(self, method: str, event: Event) -> None:
        """An event whose request was given up. What it did to the world is logged."""
        if isinstance(event, Part) or effect(method) != "mutation":
            return
        if isinstance(event, Failure):
            outcome = event.error.outcome
            if outcome != "none":
                message = "%s failed after its caller had left; what it did: %s: %s"
                log(logging.WARNING, message, method, outcome, event.error)
            return
        made = event.result.get("id") if method.endswith(".create") and isinstance(event.result, Mapping) else None
        if made is not None:
            message = "%s was done after its caller had left: %s exists, and nobody has been told"
            log(logging.WARNING, message, method, made)
        else:
            log(logging.INFO, "%s was done after its caller had left", method)
