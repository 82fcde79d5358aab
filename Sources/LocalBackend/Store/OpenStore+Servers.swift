import Credentials
import System

/// Where nats-servers were heard, as the store remembers it. Version 1 of the store remembers only their names.
extension OpenStore {
  /// For so long neighbours may go on counting a server under the id that it had before it was started anew.
  private static let formerIDMicroseconds: Int64 = 300_000_000

  /// Servers that once acknowledged claims of an account.
  func knownServers(of account: String) throws(StoreProblem) -> [KnownServer] {
    var names: [String] = []
    try database.run("SELECT server_name FROM acknowledgements WHERE account_id = ? ORDER BY 1", [.text(account)]) {
      names.append($0.text(0))
    }
    var servers: [KnownServer] = []
    for name in names { servers.append(try knownServer(name)) }
    return servers
  }

  private func knownServer(_ name: String) throws(StoreProblem) -> KnownServer {
    guard version >= 2 else { return KnownServer(name: name, id: "", since: 0, addresses: [], isLocal: false) }
    let row = try database.first("SELECT id, is_local, since FROM servers WHERE name = ?", [.text(name)]) {
      (id: $0.text(0), isLocal: $0.int(1) == 1, since: $0.int(2))
    }
    var addresses: [String] = []
    try database.run("SELECT address FROM server_addresses WHERE server_name = ? ORDER BY 1", [.text(name)]) {
      addresses.append($0.text(0))
    }
    return KnownServer(
      name: name, id: row?.id ?? "", since: row?.since ?? 0, addresses: addresses, isLocal: row?.isLocal ?? false)
  }

  /// Ids that known servers had until a moment ago, and until when (microseconds since 1970).
  func formerServerIDs() throws(StoreProblem) -> [String: Int64] {
    guard version >= 2 else { return [:] }
    var ids: [String: Int64] = [:]
    try database.run(
      "SELECT id, replaced_at FROM former_server_ids WHERE replaced_at > ?", [.int(inputs.now() - Self.formerIDMicroseconds)]
    ) {
      ids[$0.text(0)] = $0.int(1)
    }
    return ids
  }

  /// Inside a transaction: a server has acknowledged claims. One of this machine listens where its ports file says and nowhere else; of
  /// others every address is kept at which they were ever dialled. `now` is one for all that answered together.
  func remember(_ server: HeardServer, _ now: Int64) throws(StoreProblem) {
    guard version >= 2 else { return }
    let known = try knownServer(server.name)
    // Nothing new is not written: a deletion has pages enough to sync.
    let isSame = known.id == server.id && (server.addresses.isEmpty || known.isLocal == server.isLocal)
    if !isSame || known.id.isEmpty {
      try database.run(
        """
        INSERT INTO servers (name, id, since, is_local, clock_difference) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET id = excluded.id, since = iif(id = excluded.id, since, excluded.since), is_local = excluded.is_local, clock_difference = excluded.clock_difference
        """,
        [
          .text(server.name), .text(server.id), .int(now), .int((server.addresses.isEmpty ? known.isLocal : server.isLocal) ? 1 : 0),
          server.clockDifference.map { .int($0) } ?? .null,
        ])
      if !known.id.isEmpty, known.id != server.id {
        try database.run("DELETE FROM former_server_ids WHERE replaced_at <= ?", [.int(now - Self.formerIDMicroseconds)])
        try database.run(
          "INSERT INTO former_server_ids VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET replaced_at = excluded.replaced_at",
          [.text(known.id), .text(server.name), .int(now)])
      }
    } else if let difference = server.clockDifference {
      try database.run(
        "UPDATE servers SET clock_difference = ?2 WHERE name = ?1 AND abs(coalesce(clock_difference, 0) - ?2) > 1000",
        [.text(server.name), .int(difference)])
    }
    guard !server.addresses.isEmpty else { return }
    for address in server.isLocal ? known.addresses : [] where !server.addresses.contains(address) {
      try database.run("DELETE FROM server_addresses WHERE server_name = ? AND address = ?", [.text(server.name), .text(address)])
    }
    for address in server.addresses.sorted().prefix(16) where !known.addresses.contains(address) {
      try database.run("INSERT INTO server_addresses VALUES (?, ?) ON CONFLICT DO NOTHING", [.text(server.name), .text(address)])
    }
  }

  /// Inside a transaction: a server that is gone for good need not hear of anything any more. False if no claims were ever acknowledged by it.
  func forgetServer(_ name: String) throws(StoreProblem) -> Bool {
    try database.run("DELETE FROM acknowledgements WHERE server_name = ?", [.text(name)])
    let isKnown = database.changes > 0
    if version >= 2 { try database.run("DELETE FROM servers WHERE name = ?", [.text(name)]) }
    return isKnown
  }
}
