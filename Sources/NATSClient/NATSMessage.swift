/// One message of a subscription.
package struct NATSMessage {
  package let subject: String
  /// Where its sender waits for a response, if it does.
  package let reply: String?
  package let payload: [UInt8]
  /// The server's own word that nobody listens to the subject asked (an HMSG with status 503).
  package let isNoResponders: Bool
}
