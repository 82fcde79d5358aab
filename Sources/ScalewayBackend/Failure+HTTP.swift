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
      self.init(.final, mayHaveActed: false, .libraryMissing("libcurl", package: "libcurl4", reason: error.message))
    case .libraryUnusable(let path):
      self.init(.final, mayHaveActed: false, .libraryUnusable("libcurl", path: path, reason: error.message))
    case .refused: self.init(.final, mayHaveActed: error.mayHaveArrived, CredentialsError(.internal, error.message))
    }
  }
}
