/// A nats-server that acknowledged claims of an account, as the store remembers it.
struct KnownServer: Sendable {
  /// Its `server_name`; where none is configured the address at which it was heard.
  let name: String
  /// Changes with every start. Empty in what version 1 of the store remembers.
  let id: String
  /// When it was first heard under this id; microseconds since 1970.
  let since: Int64
  /// `host:port`: where it was dialled, and what its ports file says.
  let addresses: [String]
  /// Whether it ran on this machine with this state folder when it was heard last. Only then do addresses that refuse prove that it is down.
  let isLocal: Bool
}
