import Credentials
import NATSAuth

extension OpenStore {
  /// Accounts whose claims some server has not heard of, oldest first.
  func pendingAccounts() throws(StoreProblem) -> [String] {
    var accounts: [String] = []
    try database.run("SELECT account_id FROM pending_pushes ORDER BY since LIMIT 1000") { accounts.append($0.text(0)) }
    return accounts
  }

  /// Accounts whose newest revocation was told to nobody, because nobody listened.
  func unheardAccounts() throws(StoreProblem) -> [String] {
    var accounts: [String] = []
    try database.run("SELECT account_id FROM unheard u WHERE \(Self.isNewest) LIMIT 1000") { accounts.append($0.text(0)) }
    return accounts
  }

  /// What a push of an account's claims needs; nil if none is due.
  func pushOrder(_ account: String) throws(StoreProblem) -> PushOrder? {
    let row = try database.first(
      """
      SELECT a.claims_iat, a.is_unwritten, a.closing_iat IS NOT NULL FROM accounts a JOIN pending_pushes p ON p.account_id = a.id WHERE a.id = ?
      """, [.text(account)]
    ) { (issuedAt: $0.int(0), isWritten: $0.int(1) == 0, isClosed: $0.int(2) == 1) }
    guard let row else { return try unheardOrder(account) }
    var servers: Set<String> = []
    try database.run("SELECT server_name FROM acknowledgements WHERE account_id = ?", [.text(account)]) { servers.insert($0.text(0)) }
    var users: [String] = []
    // Of a closed account everybody is revoked, and no row says so. `revoking_iat > 0` is true of each row that is being revoked, and what makes
    // SQLite take the index that has no others.
    if row.isClosed {
      try database.run("SELECT user_key FROM credentials WHERE account_id = ? LIMIT 16", [.text(account)]) { users.append($0.text(0)) }
    } else {
      try database.run(
        "SELECT user_key FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat > 0 LIMIT 16", [.text(account)]
      ) { users.append($0.text(0)) }
    }
    let isFirst = !servers.contains(serverName)
    return PushOrder(
      account: account, token: try claimsToken(account), issuedAt: row.issuedAt, isWritten: row.isWritten, ownServer: serverName,
      knownServers: servers, operatorKey: operatorSigner.publicKey.text, system: try systemLogin(for: account),
      probe: isFirst && !row.isClosed ? try probeLogin(for: account) : nil, revokedUsers: users,
      isRevoking: !users.isEmpty || row.isClosed)
  }

  /// Newer claims are pending, and take the place of these when they are told.
  static let isNewest = "NOT EXISTS (SELECT 1 FROM accounts WHERE id = u.account_id AND claims_iat > u.claims_iat)"

  /// The same claims once more, unless newer ones are on their way.
  private func unheardOrder(_ account: String) throws(StoreProblem) -> PushOrder? {
    let row = try database.first(
      "SELECT token, claims_iat FROM unheard u WHERE account_id = ? AND \(Self.isNewest)", [.text(account)]
    ) { (token: $0.text(0), issuedAt: $0.int(1)) }
    guard let row else { return nil }
    return PushOrder(
      account: account, token: row.token, issuedAt: row.issuedAt, isWritten: true, ownServer: serverName, knownServers: [],
      operatorKey: operatorSigner.publicKey.text, system: try systemLogin(for: account), probe: nil, revokedUsers: [],
      isRevoking: true)
  }

  func systemLogin(for account: String) throws(StoreProblem) -> ShortLivedLogin {
    let seeds = try database.first("SELECT system_seed, system_signing_seed FROM state") { ($0.text(0), $0.text(1)) }
    guard let seeds else { throw .storage(.damaged, "the store has no system account; it was left as it is") }
    let allowed = PushOrder.permissions(for: account)
    return try ShortLivedLogin(
      of: try Self.key(seeds.0).publicKey, signedBy: try Self.key(seeds.1),
      permissions: UserClaims.Permissions(publish: allowed.publish, subscribe: allowed.subscribe), world)
  }

  private func probeLogin(for account: String) throws(StoreProblem) -> ShortLivedLogin? {
    let seed = try database.first(
      "SELECT seed FROM signing_keys WHERE account_id = ? AND seed <> '' ORDER BY generation DESC LIMIT 1", [.text(account)]
    ) { $0.text(0) }
    guard let seed, let identity = PublicKey(account) else { return nil }
    let nowhere = UserClaims.Permissions(publish: ["_PROBE"], subscribe: ["_PROBE"])
    return try ShortLivedLogin(of: identity, signedBy: try Self.key(seed), permissions: nowhere, world)
  }

  /// Inside a transaction: who has heard of which claims; and if everybody has, that nothing is due any more.
  func settle(_ order: PushOrder, _ report: PushReport) throws(StoreProblem) {
    if report.isDone { try settleUnheard(order, report) }
    guard try database.first("SELECT 1 FROM accounts WHERE id = ?", [.text(order.account)], { $0.int(0) }) != nil else { return }
    for server in report.acknowledged {
      try database.run(
        "INSERT INTO acknowledgements VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET claims_iat = max(claims_iat, excluded.claims_iat)",
        [.text(order.account), .text(server), .int(order.issuedAt)])
    }
    guard report.isDone else { return }
    // Rows that are left keep it pending: the next push goes on with them.
    guard try forgetRevoked(of: order.account, upTo: order.issuedAt) else { return }
    try database.run(
      "DELETE FROM pending_pushes WHERE account_id = ? AND claims_iat <= ?", [.text(order.account), .int(order.issuedAt)])
  }

  private func settleUnheard(_ order: PushOrder, _ report: PushReport) throws(StoreProblem) {
    guard report.nobodyListens else {
      return try database.run(
        "DELETE FROM unheard WHERE account_id = ? AND claims_iat <= ?", [.text(order.account), .int(order.issuedAt)])
    }
    let values: [Database.Value] = [.text(order.account), .int(order.issuedAt), .text(order.token)]
    if order.isRevoking {
      // Told again in vain, it writes nothing.
      try database.run(
        """
        INSERT INTO unheard VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat, token = excluded.token
        WHERE excluded.claims_iat > claims_iat
        """, values)
    } else {
      try database.run("UPDATE unheard SET claims_iat = ?2, token = ?3 WHERE account_id = ?1 AND claims_iat < ?2", values)
    }
  }

  /// Inside a transaction of its own, after the one that settled is committed: a kill in between may leave a mark too many, never one too
  /// few. Whoever makes something pending sets the mark inside its transaction, so none comes in between.
  func forgetMark() throws(StoreProblem) {
    let isQuiet = try database.first("SELECT 1 FROM pending_pushes UNION ALL SELECT 1 FROM unheard LIMIT 1") { $0.int(0) } == nil
    if isQuiet { folder.forget(folder.pendingMark) }
  }

  /// A server that is gone for good need not hear of anything any more.
  func forgetServer(_ name: String) throws(StoreProblem) -> Bool {
    try database.run("DELETE FROM acknowledgements WHERE server_name = ?", [.text(name)])
    return database.changes > 0
  }
}
