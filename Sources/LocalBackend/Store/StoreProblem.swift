import Credentials
import JSON
import NATSAuth

/// What goes wrong with the store, before it is known what a caller should hear of it.
enum StoreProblem: Error {
  /// The wire's words for `reason`.
  enum Reason: String {
    case full, damaged, readOnly = "read_only", permissions, newerVersion = "newer_version", io
  }

  case storage(Reason, String)
  /// A sync failed at the end of a change: it may or may not be on the disk.
  case uncertain(String)
  /// Another process holds the store; nothing was changed.
  case busy
  /// What the caller asked for cannot be; or a library is not there, or of no use.
  case refused(CredentialsError)

  init(_ error: CryptoError) {
    switch error {
    case .missing(let library, let reason): self = .refused(.libraryMissing(library, package: "libssl3", reason: reason))
    case .unusable(let library, let path, let reason): self = .refused(.libraryUnusable(library, path: path, reason: reason))
    case .failed: self = .refused(CredentialsError(.internal, "a key could not be used"))
    }
  }

  func credentialsError(outcome: CredentialsError.Outcome) -> CredentialsError {
    switch self {
    case .storage(let reason, let message):
      return CredentialsError(.storage, message, outcome: outcome, details: [JSONMember("reason", .string(reason.rawValue))])
    case .uncertain(let message):
      return CredentialsError(.storage, message, outcome: .unknown, details: [JSONMember("reason", .string(Reason.io.rawValue))])
    case .busy:
      return CredentialsError(
        .resourceLocked, "another process holds the store; try again", outcome: outcome, details: [JSONMember("retry_after_ms", 200)])
    case .refused(let error): return error
    }
  }
}
