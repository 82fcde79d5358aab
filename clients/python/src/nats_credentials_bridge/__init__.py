"""Makes, lists and deletes credentials for NATS, by the program nats-credentials-bridge.

    from nats_credentials_bridge import Bridge

    with Bridge(region="local") as bridge:
        made = bridge.credentials.create(name="app", save_to="app.creds")

:class:`Bridge` is for threads, :class:`AsyncBridge` for asyncio. Errors are :class:`BridgeError`.
"""

from ._async import AsyncBridge
from ._async_pages import AsyncListing
from ._async_temporary import AsyncTemporaryBridge
from ._async_walks import AsyncPages
from ._generated import (
    Account,
    Backend,
    Credential,
    CredentialsFile,
    ErrorKind,
    IfExists,
    Info,
    IssuedCredential,
    IssuedToContext,
    IssuedToFile,
    IssuedWithSecret,
    NatsContext,
    OrderBy,
    SavedFile,
    Setting,
)
from ._secret import Secret
from ._sync import Bridge
from ._sync_pages import Listing
from ._sync_temporary import TemporaryBridge
from ._sync_walks import Pages
from ._version import __version__
from .errors import (
    BinaryNotFound,
    BinaryNotUsable,
    BridgeClosed,
    BridgeDied,
    BridgeError,
    BridgeForked,
    BridgeTimeout,
    NatsServerError,
    NotABridge,
    Outcome,
    ProtocolError,
)
from .pages import NumberedPage, Page
from .rpc_errors import (
    AlreadyExists,
    BackendUnavailable,
    BadResponse,
    Cancelled,
    Conflict,
    InternalError,
    InvalidParams,
    InvalidRequest,
    LibraryMissing,
    LibraryUnusable,
    MethodNotFound,
    NetworkError,
    NotConfigured,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    QuotaExceeded,
    RateLimited,
    ResourceExpired,
    ResourceLocked,
    RevocationPending,
    RPCError,
    SaveFailed,
    ShuttingDown,
    StorageError,
    Timeout,
    TLSError,
    TransientState,
    Unauthenticated,
    UnsupportedProtocol,
)

__all__ = [
    "Account",
    "AlreadyExists",
    "AsyncBridge",
    "AsyncListing",
    "AsyncPages",
    "AsyncTemporaryBridge",
    "Backend",
    "BackendUnavailable",
    "BadResponse",
    "BinaryNotFound",
    "BinaryNotUsable",
    "Bridge",
    "BridgeClosed",
    "BridgeDied",
    "BridgeError",
    "BridgeForked",
    "BridgeTimeout",
    "Cancelled",
    "Conflict",
    "Credential",
    "CredentialsFile",
    "ErrorKind",
    "IfExists",
    "Info",
    "InternalError",
    "InvalidParams",
    "InvalidRequest",
    "IssuedCredential",
    "IssuedToContext",
    "IssuedToFile",
    "IssuedWithSecret",
    "LibraryMissing",
    "LibraryUnusable",
    "Listing",
    "MethodNotFound",
    "NatsContext",
    "NatsServerError",
    "NetworkError",
    "NotABridge",
    "NotConfigured",
    "NotFound",
    "NumberedPage",
    "OrderBy",
    "Outcome",
    "Page",
    "Pages",
    "PermissionDenied",
    "PreconditionFailed",
    "ProtocolError",
    "QuotaExceeded",
    "RPCError",
    "RateLimited",
    "ResourceExpired",
    "ResourceLocked",
    "RevocationPending",
    "SaveFailed",
    "SavedFile",
    "Secret",
    "Setting",
    "ShuttingDown",
    "StorageError",
    "TLSError",
    "TemporaryBridge",
    "Timeout",
    "TransientState",
    "Unauthenticated",
    "UnsupportedProtocol",
    "__version__",
]
