package import Credentials
package import JSONRPC

/// The kinds of the outside world, beside those of the protocol.
extension ErrorKind {
  static let unsupportedProtocol = ErrorKind(
    "unsupported_protocol", 1400, "Unsupported protocol version; data.supported lists the supported ones.")
  static let unauthenticated = ErrorKind("unauthenticated", 1401, "The service does not know the key.")
  static let permissionDenied = ErrorKind("permission_denied", 1403, "The key may not do this.")
  static let notFound = ErrorKind("not_found", 1404, "There is no such thing; data.resource and data.resource_id say what.")
  static let alreadyExists = ErrorKind("already_exists", 1409, "A credential of this name exists; data.candidates are their ids.")
  static let conflict = ErrorKind("conflict", 1409, "The state of the thing does not allow this.")
  static let transientState = ErrorKind("transient_state", 1409, retry: .always, "The thing is being changed; try again shortly.")
  static let resourceExpired = ErrorKind("resource_expired", 1410, "The thing has expired.")
  static let preconditionFailed = ErrorKind("precondition_failed", 1412, "A precondition does not hold.")
  static let resourceLocked = ErrorKind(
    "resource_locked", 1423, retry: .always, "The thing is locked, or the local store is busy.")
  static let rateLimited = ErrorKind("rate_limited", 1429, retry: .always, "Too many requests.")
  static let quotaExceeded = ErrorKind("quota_exceeded", 1430, "A quota is reached.")
  static let notConfigured = ErrorKind("not_configured", 1460, "A setting is missing or unusable; the message names what was looked at.")
  static let libraryMissing = ErrorKind(
    "library_missing", 1461, "A system library is missing; data.library and the message say which package has it.")
  static let libraryUnusable = ErrorKind(
    "library_unusable", 1461, "A system library is there and cannot be used; data.library, data.path and the message say which and why.")
  static let saveFailed = ErrorKind("save_failed", 1470, "The file could not be written; data.reason says why.")
  static let badResponse = ErrorKind("bad_response", 1502, "Unexpected response from the service.")
  static let backendUnavailable = ErrorKind("backend_unavailable", 1503, retry: .ifNothingHappened, "The service is not available.")
  static let network = ErrorKind(
    "network", 1503, retry: .ifNothingHappened, "The service was not reached; data.phase says how far the request got.")
  static let revocationPending = ErrorKind(
    "revocation_pending", 1504, retry: .always, "Deleted and recorded, but not yet enforced by every nats-server; data.servers says where.")
  static let storage = ErrorKind("storage", 1507, "The local store failed; data.reason says how.")
  static let tls = ErrorKind("tls", 1525, "The service's certificate or TLS was refused.")

  /// Every kind a line of this bridge can carry.
  package static let all: [ErrorKind] =
    protocolKinds + [
      unsupportedProtocol, unauthenticated, permissionDenied, notFound, alreadyExists, conflict, transientState, resourceExpired,
      preconditionFailed, resourceLocked, rateLimited, quotaExceeded, notConfigured, libraryMissing, libraryUnusable, saveFailed,
      badResponse,
      backendUnavailable, network, revocationPending, storage, tls,
    ]

  /// What a backend can answer with whatever is asked of it: the embedded one for its store, Scaleway's for its service and the way there.
  static let backendKinds: [ErrorKind] = [
    notConfigured, libraryMissing, libraryUnusable, unauthenticated, permissionDenied, notFound, alreadyExists, conflict, transientState,
    resourceExpired,
    preconditionFailed, resourceLocked, rateLimited, quotaExceeded, badResponse, backendUnavailable, network, tls, storage,
  ]
}

extension RPCError {
  /// The wire's form of a backend's error.
  package init(_ error: CredentialsError) {
    let kind = ErrorKind.all.first { $0.name == error.kind.rawValue } ?? .internalError
    let outcome = Outcome(rawValue: error.outcome.rawValue) ?? .unknown
    self.init(kind, error.message, outcome: outcome, details: error.details)
  }
}
