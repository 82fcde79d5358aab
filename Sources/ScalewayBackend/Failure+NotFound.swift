import Credentials
import JSON

extension Failure {
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

  func ofRead(of resource: String, _ id: String) -> CredentialsError { named(resource, id).ofRead }
  func ofChange(of resource: String, _ id: String) -> CredentialsError { named(resource, id).ofChange }

  /// What is not there, in the caller's own words: the service's are of no more use. An account that is missing stays the account that the
  /// service named.
  private func named(_ resource: String, _ id: String) -> Failure {
    guard isNotFound else { return self }
    if case .unknownAccount = cause, resource != "account" { return self }
    var failure = self
    let mine = CredentialsError.notFound(resource, id)
    let others = error.details.filter { $0.name != "resource" && $0.name != "resource_id" }
    failure.error = CredentialsError(.notFound, mine.message, outcome: error.outcome, details: mine.details + others)
    return failure
  }
}
