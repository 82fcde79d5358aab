import Credentials
import JSON

/// Why a call, or one attempt of it, gave nothing.
struct Failure: Error {
  enum Cause {
    /// Another attempt would give the same.
    case final
    /// Another attempt may succeed, after a while that the service may have named.
    case passing(retryAfterMilliseconds: Int?)
    /// The service does not know of an account yet, or says so: reads flap shortly after a write.
    case unknownAccount
    /// The key may not do this, or its right has not spread yet.
    case notPermitted
    /// It is not there.
    case notFound
    case cancelled
  }

  let cause: Cause
  /// False only where the service certainly did nothing.
  let mayHaveActed: Bool
  var error: CredentialsError
  /// An earlier attempt of the same call may have done what this one no longer found to do.
  var earlierMayHaveActed = false

  init(_ cause: Cause, mayHaveActed: Bool, _ error: CredentialsError) {
    self.cause = cause
    self.mayHaveActed = mayHaveActed
    self.error = error
  }

  /// It may be denied only for a while.
  var flaps: Bool {
    switch cause {
    case .unknownAccount, .notPermitted: true
    default: false
    }
  }

  /// It may say that there is no such region: a refusal that names no other parameter, or a page that the API does not have.
  var isPerhapsOfRegion: Bool {
    let fields = error.details.first { $0.name == "fields" }?.value.array ?? []
    switch error.kind {
    case .invalidParams: return fields.allSatisfy { $0["name"]?.string == "region" }
    case .badResponse: return error.details.contains { $0.name == "http_status" && $0.value == .int(404) }
    default: return false
    }
  }

  /// The same, with more words for people.
  func adding(_ words: String) -> Failure {
    var failure = self
    failure.error = CredentialsError(error.kind, error.message + words, outcome: error.outcome, details: error.details)
    return failure
  }

  /// What stays worth knowing of an attempt that is made again.
  var ofAttempt: [JSONMember] {
    error.details.filter { ["http_status", "service_request_id", "retry_after_ms"].contains($0.name) }
  }

  /// The error of a read.
  var ofRead: CredentialsError { withOutcome(.none) }

  /// The error of a change that may be repeated by whoever asked for it.
  var ofChange: CredentialsError { withOutcome(mayHaveActed || earlierMayHaveActed ? .unknown : .none) }

  func withOutcome(_ outcome: CredentialsError.Outcome, more: [JSONMember] = []) -> CredentialsError {
    var error = error
    error.outcome = outcome
    error.details += more
    return error
  }
}
