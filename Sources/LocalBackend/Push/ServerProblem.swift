import NATSClient

/// Why a nats-server could not be told. The raw value is the wire's word for `reason`.
struct ServerProblem: Error {
  enum Reason: String {
    /// Nobody listens: the server is down, and reads the new claims at its next start.
    case refused
    case unreachable
    /// It took the connection and does not answer, or broke it off.
    case silent
    /// It does not know our operator, or asks for no login.
    case notOurs = "not_ours"
    case tls
    /// It answered what no nats-server answers.
    case badProtocol = "bad_protocol"
    /// It did not take the claims.
    case rejected
    /// It took them, and still does not let a user of the account in.
    case notTrusted = "not_trusted"
    /// A deleted credential still has a connection.
    case stillConnected = "still_connected"
    /// Another bridge holds the right to push.
    case busy
    /// The claims are not in the resolver's folder yet, so a server that is down would not read them.
    case notWritten = "not_written"
    /// The store failed while the push was under way.
    case store
  }

  let reason: Reason
  let message: String

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  init(_ error: NATSClientError) {
    message = error.message
    reason =
      switch error.reason {
      case .refused: .refused
      case .unreachable: .unreachable
      case .silent: .silent
      case .notOurs: .notOurs
      case .tls: .tls
      case .badProtocol: .badProtocol
      case .rejected: .rejected
      case .unsigned: .store
      }
  }

  /// What a connection does, with its errors as those of a push.
  static func mapping<Result>(_ body: () throws(NATSClientError) -> Result) throws(ServerProblem) -> Result {
    do throws(NATSClientError) { return try body() } catch { throw ServerProblem(error) }
  }
}
