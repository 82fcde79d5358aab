/// One message of a subscription.
struct NATSMessage {
  let subject: String
  /// Where its sender waits for an answer, if it does.
  let reply: String?
  let payload: [UInt8]
  /// The server's own word that nobody listens to the subject asked (an HMSG with status 503).
  let isNoResponders: Bool
}
