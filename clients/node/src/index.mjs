// The same classes as for require(): there is one implementation.
import library from "./index.js";

export const {
  Bridge, Secret, BridgeError, RPCError, BridgeTimeout, BridgeDied, BridgeClosed, BinaryNotFound, BinaryNotUsable, NotABridge,
  IncompleteList, NatsServerError, InvalidParams, NotConfigured, Unauthenticated, PermissionDenied, NotFound, AlreadyExists, Conflict,
  RateLimited, QuotaExceeded, RevocationPending, SaveFailed,
} = library;
