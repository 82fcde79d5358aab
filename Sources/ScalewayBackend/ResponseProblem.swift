import Credentials
import JSON

/// What a response lacks of what the service promises. Its text is ours: nothing of the response stands in it.
struct ResponseProblem: Error {
  let message: String

  init(_ message: String) { self.message = message }

  /// `details` is what is known of the response.
  func error(_ details: [JSONMember]) -> CredentialsError {
    CredentialsError(.badResponse, "unexpected response from the service: \(message)", details: details)
  }
}
