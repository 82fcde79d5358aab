"""The errors that the bridge answers: one class for each kind that a caller may want to catch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ._generated import ErrorKind
from .errors import BridgeError, Outcome

OUTCOMES: dict[str, Outcome] = {"none": "none", "done": "done", "unknown": "unknown"}


class RPCError(BridgeError):
    """An error that the bridge answered. A kind that is newer than this package is this class itself.

    code, message: of the JSON-RPC error; the message is for people.
    kind: the word that never changes, such as "not_found". Its type has all that this package knows; a newer bridge may
    send another one.
    outcome: what happened to the world: "none", "done" or "unknown".
    retryable: whether the same request may succeed later; then retry_after says after how many seconds.
    data: everything that the error has, by the names of the protocol.
    """

    def __init__(self, code: int, message: str, data: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.message = message
        self.data: Mapping[str, Any] = dict(data or {})
        self.kind: ErrorKind = cast(ErrorKind, str(self.data.get("kind", "")))
        self.outcome: Outcome = OUTCOMES.get(str(self.data.get("outcome")), "unknown")
        self.retryable = self.data.get("retryable") is True
        milliseconds = self.data.get("retry_after_ms")
        self.retry_after: float | None = milliseconds / 1000 if isinstance(milliseconds, (int, float)) else None
        super().__init__(f"{self.kind or code}: {message}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, self.message, self.data), {"method": self.method}

    @staticmethod
    def from_wire(error: Mapping[str, Any]) -> RPCError:
        """Made of the member ``error`` of a response."""
        data = error.get("data")
        data = data if isinstance(data, Mapping) else {}
        return BY_KIND.get(str(data.get("kind")), RPCError)(int(error["code"]), str(error["message"]), data)


class InvalidRequest(RPCError):
    """The bridge could not take the line as a request."""


class MethodNotFound(RPCError):
    """The bridge has no such method."""


class InvalidParams(RPCError):
    """A parameter is unknown, missing or not allowed; data["fields"] says which."""


class InternalError(RPCError):
    """A bug of the bridge; data["ref"] is also on its stderr."""


class Cancelled(RPCError):
    """The request was cancelled."""


class Timeout(RPCError, TimeoutError):
    """The bridge could not do it within the timeout; outcome says what is known."""


class ShuttingDown(RPCError):
    """The bridge shut down before the request was done."""


class UnsupportedProtocol(RPCError):
    """The bridge does not speak this version of the protocol."""


class Unauthenticated(RPCError):
    """The service does not know the key."""


class PermissionDenied(RPCError):
    """The key may not do this."""


class NotFound(RPCError):
    """There is no such thing; data["resource"] and data["resource_id"] say what."""


class AlreadyExists(RPCError):
    """A credential of this name exists; data["candidates"] are their ids."""


class Conflict(RPCError):
    """The state of the thing does not allow this."""


class TransientState(RPCError):
    """The thing is being changed; try again shortly."""


class ResourceExpired(RPCError):
    """The thing has expired."""


class PreconditionFailed(RPCError):
    """A precondition does not hold."""


class ResourceLocked(RPCError):
    """The thing is locked, or the local store is busy."""


class RateLimited(RPCError):
    """Too many requests."""


class QuotaExceeded(RPCError):
    """A quota is reached."""


class NotConfigured(RPCError):
    """A setting is missing or unusable; the message names what was looked at."""


class LibraryMissing(RPCError):
    """A system library is missing; data["library"] and the message say which package has it."""


class LibraryUnusable(RPCError):
    """A system library is there and cannot be used; data["library"], data["path"] and the message say which and why."""


class SaveFailed(RPCError):
    """The file could not be written; data["reason"] says why."""


class BadResponse(RPCError):
    """Unexpected response from the service."""


class BackendUnavailable(RPCError):
    """The service is not available."""


class NetworkError(RPCError):
    """The service was not reached; data["phase"] says how far it came."""


class TLSError(RPCError):
    """The service's certificate or TLS was refused."""


class RevocationPending(RPCError):
    """Deleted and recorded, but not yet enforced by every nats-server; data["servers"] says where."""


class StorageError(RPCError):
    """The local store failed; data["reason"] says how."""


BY_KIND: dict[str, type[RPCError]] = {
    "parse_error": InvalidRequest,
    "invalid_request": InvalidRequest,
    "duplicate_id": InvalidRequest,
    "message_too_large": InvalidRequest,
    "nesting_too_deep": InvalidRequest,
    "batch_too_large": InvalidRequest,
    "method_not_found": MethodNotFound,
    "invalid_params": InvalidParams,
    "internal": InternalError,
    "cancelled": Cancelled,
    "timeout": Timeout,
    "shutting_down": ShuttingDown,
    "unsupported_protocol": UnsupportedProtocol,
    "unauthenticated": Unauthenticated,
    "permission_denied": PermissionDenied,
    "not_found": NotFound,
    "already_exists": AlreadyExists,
    "conflict": Conflict,
    "transient_state": TransientState,
    "resource_expired": ResourceExpired,
    "precondition_failed": PreconditionFailed,
    "resource_locked": ResourceLocked,
    "rate_limited": RateLimited,
    "quota_exceeded": QuotaExceeded,
    "not_configured": NotConfigured,
    "library_missing": LibraryMissing,
    "library_unusable": LibraryUnusable,
    "save_failed": SaveFailed,
    "bad_response": BadResponse,
    "backend_unavailable": BackendUnavailable,
    "network": NetworkError,
    "tls": TLSError,
    "revocation_pending": RevocationPending,
    "storage": StorageError,
}
