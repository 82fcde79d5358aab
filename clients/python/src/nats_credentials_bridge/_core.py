"""The protocol without input and output: framing, ids, the table of requests under way, and who gets which message.

Bytes go in by :meth:`Core.feed`; lines to write come out of the other methods. Both Bridge and AsyncBridge stand on
this.
"""

from __future__ import annotations

import itertools
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from ._generated import METHODS
from .errors import BridgeError, NotABridge, ProtocolError
from .rpc_errors import InvalidRequest, RPCError, UnsupportedProtocol

logger = logging.getLogger("nats_credentials_bridge")

PROTOCOL = "1"
PROGRAM = "nats-credentials-bridge"
# The longest line that the bridge reads. It answers a longer one with a null id, which nobody could be told of.
LINE_BYTES = 8 << 20


@dataclass(frozen=True)
class Part:
    """A part of a stream."""

    value: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """The result that ends a request."""

    result: Any = field(repr=False)


@dataclass(frozen=True)
class Failure:
    """The error that ends a request."""

    error: BridgeError


Event = Union[Part, Answer, Failure]
# Takes the events of one request, in order. False: nobody is there any more. Is called under the core's lock, so must
# not wait.
Deliver = Callable[[Event], bool]
# Makes the error of a request for which no answer will come, by its outcome.
MakeError = Callable[[str], BridgeError]


@dataclass
class Pending:
    """A request under way. One without `deliver` was given up, but is still to be answered."""

    method: str
    deliver: Deliver | None


def effect(method: str) -> str:
    """What a method does to the world: none, read or mutation. Of an unknown one the worst is expected."""
    return METHODS[method][0] if method in METHODS else "mutation"


def doubtful(method: str) -> str:
    """The outcome of a request that was sent and not answered."""
    return "unknown" if effect(method) == "mutation" else "none"


def encode(message: Mapping[str, Any]) -> bytes:
    """One line, with its end."""
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


class Core:
    """One connection. May be used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[int, Pending] = {}
        self._ids = itertools.count(1)
        self._buffer = bytearray()
        self._ended: MakeError | None = None
        self.recognised = False

    def hello(self) -> bytes:
        """The first line to write: asks who is there. A wrong answer makes :meth:`feed` raise."""
        return self.request(self.new_id(), "bridge.info", {"protocol": PROTOCOL}, self._recognise)

    def new_id(self) -> int:
        """For a request."""
        return next(self._ids)

    def request(self, number: int, method: str, params: Mapping[str, Any], deliver: Deliver) -> bytes:
        """The line of a new request with this new id. Its events go to `deliver` from now on."""
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
            self._pending[number] = Pending(method, deliver)
        return line

    def abandon(self, number: int) -> bytes | None:
        """Gives a request up; the line to write, empty if that was done before.

        None: its last event has been delivered already.
        """
        with self._lock:
            pending = self._pending.get(number)
            if pending is None:
                return None
            if pending.deliver is None:
                return b""
            pending.deliver = None
        return encode({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}})

    def under_way(self) -> int:
        """How many requests have no answer yet, those included that were given up."""
        with self._lock:
            return len(self._pending)

    def end(self, make_error: MakeError) -> None:
        """Nothing will come any more: ends all requests, and makes new ones fail."""
        with self._lock:
            self._ended = self._ended or make_error
            orphans: list[tuple[str, Failure]] = []
            for pending in self._pending.values():
                event = Failure(make_error(doubtful(pending.method)))
                if pending.deliver is None or not pending.deliver(event):
                    orphans.append((pending.method, event))
            self._pending.clear()
        for method, failure in orphans:
            self.orphan(method, failure)

    def feed(self, data: bytes) -> None:
        """Takes what was read, cut anywhere."""
        scanned = len(self._buffer)
        self._buffer += data
        begin = 0
        while (end := self._buffer.find(b"\n", max(begin, scanned))) >= 0:
            line = bytes(self._buffer[begin:end])
            begin = end + 1
            self._line(line)
        del self._buffer[:begin]

    def _line(self, line: bytes) -> None:
        try:
            message = json.loads(line)
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
                taken = pending.deliver is not None and pending.deliver(event)
        if pending is not None and not taken:
            self.orphan(pending.method, event)
        elif pending is None and isinstance(event, Failure):
            logger.error("the bridge refused a line: %s", event.error)

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
            outcome = getattr(event.error, "outcome", "none")
            if outcome != "none":
                logger.warning("%s failed after its caller had left; what it did: %s: %s", method, outcome, event.error)
            return
        made = event.result.get("id") if method.endswith(".create") and isinstance(event.result, Mapping) else None
        if made is not None:
            logger.warning("%s was done after its caller had left: %s exists, and nobody has been told", method, made)
        else:
            logger.info("%s was done after its caller had left", method)
