package import JSON

/// What went wrong, in words that never change, and what it did to the world. Every backend's errors become this and nothing else.
package struct CredentialsError: Error, Sendable {
  /// Retrying, coding and the sentence for the schemas belong to whoever carries the error out of the process.
  package enum Kind: String, Sendable, CaseIterable {
    case invalidParams = "invalid_params"
    case cancelled
    case `internal`
    case unauthenticated
    case permissionDenied = "permission_denied"
    case notFound = "not_found"
    case timeout
    case alreadyExists = "already_exists"
    case conflict
    case transientState = "transient_state"
    case resourceExpired = "resource_expired"
    case preconditionFailed = "precondition_failed"
    case resourceLocked = "resource_locked"
    case rateLimited = "rate_limited"
    case quotaExceeded = "quota_exceeded"
    case notConfigured = "not_configured"
    case libraryMissing = "library_missing"
    case libraryUnusable = "library_unusable"
    case saveFailed = "save_failed"
    case badResponse = "bad_response"
    case backendUnavailable = "backend_unavailable"
    case network
    case revocationPending = "revocation_pending"
    case storage
    case tls
  }

  /// What happened to the world: nothing, the whole change, or nobody knows.
  package enum Outcome: String, Sendable {
    case none, done, unknown
  }

  package let kind: Kind
  /// For people: what, which, and what to do. Never a value that came in, never a secret.
  package let message: String
  package var outcome: Outcome
  /// More members of the error's `data`, such as `resource` and `resource_id`.
  package var details: [JSONMember]

  package init(_ kind: Kind, _ message: String, outcome: Outcome = .none, details: [JSONMember] = []) {
    self.kind = kind
    self.message = message
    self.outcome = outcome
    self.details = details
  }

  /// A parameter that passed its form but not the backend's knowledge.
  package static func invalidParameter(_ name: String, _ reason: String, expected: String) -> CredentialsError {
    let field: JSONValue = ["name": .string(name), "reason": .string(reason), "expected": .string(expected)]
    return CredentialsError(
      .invalidParams, "\(name) \(reason)", details: [JSONMember("fields", [field]), JSONMember("source", "bridge")])
  }

  /// `resource` is the service's word: `account` or `credentials`.
  package static func notFound(_ resource: String, _ id: String) -> CredentialsError {
    CredentialsError(
      .notFound, "there is no such \(resource == "account" ? "account" : "credential"): \(id)",
      details: [JSONMember("resource", .string(resource)), JSONMember("resource_id", .string(id))])
  }

  package static let cancelled = CredentialsError(.cancelled, "the request was cancelled before anything was changed")
}
