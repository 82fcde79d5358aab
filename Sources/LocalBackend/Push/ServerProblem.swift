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

  /// A server's own words, made harmless: printable ASCII, 200 characters at most.
  static func quoted(_ text: String) -> String {
    text.unicodeScalars.prefix(200).map { 0x20..<0x7F ~= $0.value ? String($0) : "?" }.joined()
  }
}
