import Credentials
import HTTP
import JSON

extension Failure {
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
      let message = "libcurl is needed for Scaleway's regions and is not there (Debian: libcurl4): \(error.message)"
      self.init(.final, mayHaveActed: false, CredentialsError(.libraryMissing, message, details: [JSONMember("library", "libcurl")]))
    case .refused: self.init(.final, mayHaveActed: error.mayHaveArrived, CredentialsError(.internal, error.message))
    }
  }
}
