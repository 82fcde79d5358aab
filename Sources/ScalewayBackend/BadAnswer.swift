import Credentials

/// What an answer lacks of what the service promises. Its text is ours: nothing of the answer stands in it.
struct BadAnswer: Error {
  let message: String

  init(_ message: String) { self.message = message }

  var error: CredentialsError { CredentialsError(.badResponse, "the service's answer is not what it promises: \(message)") }
}
