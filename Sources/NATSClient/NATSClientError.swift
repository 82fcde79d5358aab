/// Why a conversation with a nats-server came to nothing.
package struct NATSClientError: Error, Sendable {
  package enum Reason: Sendable {
    /// Nobody listens at the address.
    case refused
    case unreachable
    /// It took the connection and does not answer, or broke it off.
    case silent
    /// It refuses the login, or asks for none.
    case notOurs
    /// It wants TLS, which this client does not speak.
    case tls
    /// It sent what no nats-server sends.
    case badProtocol
    /// It said that it does not do what it was asked.
    case rejected
    /// The nonce could not be signed.
    case unsigned
  }

  package let reason: Reason
  /// For people; never a secret. What a server said stands in it as `quoted` has it.
  package let message: String

  package init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// A server's own words, made harmless: printable ASCII, 200 characters at most.
  package static func quoted(_ text: String) -> String {
    text.unicodeScalars.prefix(200).map { 0x20..<0x7F ~= $0.value ? String($0) : "?" }.joined()
  }
}
