import Credentials
import HTTP
import JSON

/// Why a call, or one attempt of it, gave nothing.
struct ServiceProblem: Error {
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
  func adding(_ words: String) -> ServiceProblem {
    var problem = self
    problem.error = CredentialsError(error.kind, error.message + words, outcome: error.outcome, details: error.details)
    return problem
  }

  /// What stays worth knowing of an attempt that is made again.
  var attemptDetails: [JSONMember] {
    error.details.filter { ["http_status", "service_request_id", "retry_after_ms"].contains($0.name) }
  }

  /// The error of a read.
  var asReadError: CredentialsError { withOutcome(.none) }

  /// The error of a change that may be retried by whoever asked for it.
  var asChangeError: CredentialsError { withOutcome(mayHaveActed || earlierMayHaveActed ? .unknown : .none) }

  func withOutcome(_ outcome: CredentialsError.Outcome, more: [JSONMember] = []) -> CredentialsError {
    var error = error
    error.outcome = outcome
    error.details += more
    return error
  }
}

extension ServiceProblem {
  /// No whole response came.
  init(_ error: HTTPError) {
    let phase = JSONMember("phase", .string(error.phase.rawValue))
    let passing = Cause.passing(retryAfterMilliseconds: nil)
    switch error.reason {
    case .cancelled: self.init(.cancelled, mayHaveActed: error.mayHaveArrived, CredentialsError(.cancelled, error.message))
    case .network, .timeout:
      self.init(passing, mayHaveActed: error.mayHaveArrived, CredentialsError(.network, error.message, details: [phase]))
    case .badResponse:
      self.init(passing, mayHaveActed: error.mayHaveArrived, CredentialsError(.badResponse, error.message, details: [phase]))
    case .tooLarge:
      self.init(.final, mayHaveActed: error.mayHaveArrived, CredentialsError(.badResponse, error.message, details: [phase]))
    case .tls: self.init(.final, mayHaveActed: error.mayHaveArrived, CredentialsError(.tls, error.message, details: [phase]))
    case .libraryMissing:
      self.init(.final, mayHaveActed: false, .libraryMissing("libcurl", package: "libcurl4", reason: error.message))
    case .libraryUnusable(let path):
      self.init(.final, mayHaveActed: false, .libraryUnusable("libcurl", path: path, reason: error.message))
    case .refused: self.init(.final, mayHaveActed: error.mayHaveArrived, CredentialsError(.internal, error.message))
    }
  }
}

extension ServiceProblem {
  var isNotFound: Bool {
    switch cause {
    case .notFound, .unknownAccount: true
    default: false
    }
  }

  /// Whether it proves that a thing is gone. That its account is not known is also said of what lives, shortly after a write.
  func proves(goneOf endpoint: Endpoint) -> Bool {
    switch (endpoint, cause) {
    case (_, .notFound), (.account, .unknownAccount): true
    default: false
    }
  }

  func asReadError(of resource: String, _ id: String) -> CredentialsError { named(resource, id).asReadError }
  func asChangeError(of resource: String, _ id: String) -> CredentialsError { named(resource, id).asChangeError }

  /// What is not there, in the caller's own words: the service's are of no more use. An account that is missing stays the account that the
  /// service named.
  private func named(_ resource: String, _ id: String) -> ServiceProblem {
    guard isNotFound else { return self }
    if case .unknownAccount = cause, resource != "account" { return self }
    var problem = self
    let mine = CredentialsError.notFound(resource, id)
    let others = error.details.filter { $0.name != "resource" && $0.name != "resource_id" }
    problem.error = CredentialsError(.notFound, mine.message, outcome: error.outcome, details: mine.details + others)
    return problem
  }
}
