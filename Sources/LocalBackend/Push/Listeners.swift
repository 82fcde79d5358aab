import CLibraries

/// The TCP sockets of this machine that wait for connections. A nats-server writes its ports file some 25 ms after it listens, so who finds
/// no server waits that long, but only where somebody new may listen.
struct Listeners {
  /// 0 where the system does not tell.
  private let fingerprint = ncb_listeners()

  /// Whether they are known to be the same as then.
  func areSame(as former: Listeners?) -> Bool { fingerprint != 0 && fingerprint == former?.fingerprint }
}
