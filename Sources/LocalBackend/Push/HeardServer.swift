/// A nats-server that answered in one conversation.
struct HeardServer: Sendable {
  let name: String
  let id: String
  /// Where it was dialled; empty if it answered through another one.
  var addresses: Set<String> = []
  /// Whether a live ports file of this state folder names one of these addresses.
  var isLocal = false
  /// How far its clock is ahead of this machine's, in milliseconds.
  var clockDifference: Int64?
}
