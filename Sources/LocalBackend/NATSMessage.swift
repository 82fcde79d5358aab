/// One message of a subscription.
struct NATSMessage {
  let subject: String
  let payload: [UInt8]
  /// The server's own word that nobody listens to the subject asked (an HMSG with status 503).
  let isNoResponders: Bool
}
