import Credentials
import HTTP
import JSON

/// A success of the API. Nobody has looked into its body yet.
struct APIResponse {
  private let reader: ResponseReader
  private var attempts = 1
  private var milliseconds = 0

  init(_ reader: ResponseReader) { self.reader = reader }

  /// The body as it came.
  var bytes: [UInt8] { reader.response.body }

  /// Whatever it is called: gateways and proxies give JSON other names, and Scaleway's own libraries take it under them.
  func body() throws(ResponseProblem) -> JSONSlice {
    guard let body = JSONSlice(parsing: bytes) else { throw ResponseProblem("its body is not JSON") }
    return body
  }

  /// After so many attempts, and so long.
  mutating func made(attempts: Int, milliseconds: Int) {
    self.attempts = attempts
    self.milliseconds = milliseconds
  }

  /// When the service answered, by its own clock.
  var date: UTCTime? { reader.response.header("Date").flatMap { UTCTime(http: $0) } }

  /// The error of what is found wrong with it later; its connection is left.
  func refused(_ problem: ResponseProblem) -> CredentialsError {
    reader.abandonConnection()
    return problem.error(details)
  }

  /// For an error that is found later.
  private var details: [JSONMember] {
    reader.details + [JSONMember("attempts", .int(attempts)), JSONMember("elapsed_ms", .int(milliseconds))]
  }
}
