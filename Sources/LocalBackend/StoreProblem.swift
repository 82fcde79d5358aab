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
  case libraryMissing(library: String, package: String, reason: String)
  /// What the caller asked for cannot be.
  case refused(CredentialsError)

  init(_ error: CryptoError) {
    switch error {
    case .unavailable(let library, let reason): self = .libraryMissing(library: library, package: "libssl3", reason: reason)
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
    case .libraryMissing(let library, let package, let reason):
      return CredentialsError(
        .libraryMissing, "\(library) is not on this machine (Debian's package is \(package)): \(reason)", outcome: outcome,
        details: [JSONMember("library", .string(library)), JSONMember("package", .string(package))])
    case .refused(let error): return error
    }
  }
}
