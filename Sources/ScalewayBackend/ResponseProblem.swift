import Credentials
import JSON

/// What an answer lacks of what the service promises. Its text is ours: nothing of the answer stands in it.
struct ResponseProblem: Error {
  let message: String

  init(_ message: String) { self.message = message }

  /// `details` is what is known of the answer.
  func error(_ details: [JSONMember]) -> CredentialsError {
    CredentialsError(.badResponse, "the service's answer is not what it promises: \(message)", details: details)
  }
}
