import Credentials
import NATSAuth
import System

extension OpenStore {
  /// Whether the claims, or newer ones, stand in resolver/, where a server that is started will find them.
  func isWritten(_ order: PushOrder) throws(StoreProblem) -> Bool {
    guard let bytes = try ClaimsFile.bytes(folder.claims(of: order.account)) else { return false }
    // Of two arrays: through the view of a string, a million bytes would take longer than the rest of a deletion.
    if bytes == Array(order.token.utf8) { return true }
    let found = StoredClaims(String(decoding: bytes, as: UTF8.self), of: order.account, signedBy: order.operatorKey)
    return found.map { $0.issuedAt >= order.issuedAt } ?? false
  }

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

  /// None where an older version of the store knows of none.
  func writtenClaims(of account: String) throws(StoreProblem) -> WrittenClaims {
    var written = WrittenClaims()
    guard version >= 3 else { return written }
    try database.run(
      "SELECT claims_iat, generation, committed_at FROM written_claims WHERE account_id = ? ORDER BY claims_iat", [.text(account)]
    ) { written.rows.append(($0.int(0), $0.int(1), $0.int(2))) }
    return written
  }

  /// What a push of an account's claims needs; nil if none is due.
  func pushOrder(_ account: String) throws(StoreProblem) -> PushOrder? {
    let row = try database.first(
      "SELECT a.claims_iat, a.closing_iat IS NOT NULL FROM accounts a JOIN pending_pushes p ON p.account_id = a.id WHERE a.id = ?",
      [.text(account)]
    ) { (issuedAt: $0.int(0), isClosed: $0.int(1) == 1) }
    guard let row else {
      if let order = try unheardOrder(account) { return order }
      return try purgeOrder(account)
    }
    let servers = try knownServers(of: account)
    var users: [String] = []
    // Of a closed account everybody is revoked, and no row says so. `revoking_iat > 0` is true of each row that is being revoked, and what makes
    // SQLite take the index that has no others.
    if row.isClosed {
      try database.run("SELECT user_key FROM credentials WHERE account_id = ? LIMIT 16", [.text(account)]) { users.append($0.text(0)) }
    } else {
      try database.run(
        "SELECT user_key FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat > 0 LIMIT 512", [.text(account)]
      ) { users.append($0.text(0)) }
    }
    let isPurging = row.isClosed ? try isPurging(account) : false
    return PushOrder(
      account: account, token: try claimsToken(account), issuedAt: row.issuedAt, ownServer: serverName, knownServers: servers,
      formerIDs: try formerServerIDs(), operatorKey: operatorSigner.publicKey.text,
      system: try systemLogin(for: account, purging: isPurging),
      probe: servers.isEmpty && !row.isClosed ? try probeLogin(for: account) : nil, revokedUsers: users,
      isRevoking: !users.isEmpty || row.isClosed, isPurging: isPurging, written: try writtenClaims(of: account))
  }

  /// The same, and whether the claims are written.
  func duePush(_ account: String) throws(StoreProblem) -> (order: PushOrder, isWritten: Bool)? {
    guard let order = try pushOrder(account) else { return nil }
    return (order, try isWritten(order))
  }

  /// Newer claims are pending, and take the place of these when they are told.
  static let isNewest = "NOT EXISTS (SELECT 1 FROM accounts WHERE id = u.account_id AND claims_iat > u.claims_iat)"

  /// The same claims once more, unless newer ones are on their way.
  private func unheardOrder(_ account: String) throws(StoreProblem) -> PushOrder? {
    let row = try database.first(
      "SELECT token, claims_iat FROM unheard u WHERE account_id = ? AND \(Self.isNewest)", [.text(account)]
    ) { (token: $0.text(0), issuedAt: $0.int(1)) }
    guard let row else { return nil }
    return try again(account, row.token, row.issuedAt)
  }

  /// The claims that closed an account, once more: a server that listens now is to let its streams go.
  private func purgeOrder(_ account: String) throws(StoreProblem) -> PushOrder? {
    guard version >= 2 else { return nil }
    let row = try database.first("SELECT token, claims_iat FROM closed_accounts WHERE id = ? AND is_purging = 1", [.text(account)]) {
      (token: $0.text(0), issuedAt: $0.int(1))
    }
    guard let row else { return nil }
    return try again(account, row.token, row.issuedAt)
  }

  private func again(_ account: String, _ token: String, _ issuedAt: Int64) throws(StoreProblem) -> PushOrder {
    let isPurging = try isPurging(account)
    return PushOrder(
      account: account, token: token, issuedAt: issuedAt, ownServer: serverName, knownServers: [], formerIDs: try formerServerIDs(),
      operatorKey: operatorSigner.publicKey.text, system: try systemLogin(for: account, purging: isPurging), probe: nil, revokedUsers: [],
      isRevoking: true,
      isPurging: isPurging)
  }

  private func isPurging(_ account: String) throws(StoreProblem) -> Bool {
    guard version >= 2 else { return false }
    return try database.first("SELECT 1 FROM closed_accounts WHERE id = ? AND is_purging = 1", [.text(account)]) { _ in true } == true
  }

  /// Whether the streams of a closed account were to go and are gone.
  func isPurged(_ account: String) throws(StoreProblem) -> Bool {
    guard version >= 2 else { return false }
    return try database.first("SELECT 1 FROM closed_accounts WHERE id = ? AND is_purging = 0 AND is_purged = 1", [.text(account)]) { _ in
      true
    } == true
  }

  /// Accounts that are closed everywhere, and whose streams no server has let go yet.
  func purgingAccounts() throws(StoreProblem) -> [String] {
    guard version >= 2 else { return [] }
    var accounts: [String] = []
    try database.run("SELECT id FROM closed_accounts WHERE is_purging = 1 ORDER BY id LIMIT 1000") { accounts.append($0.text(0)) }
    return accounts
  }

  func systemLogin(for account: String, purging: Bool = false) throws(StoreProblem) -> ShortLivedLogin {
    let allowed = PushOrder.permissions(for: account, purging: purging)
    return try systemLogin(UserClaims.Permissions(publish: allowed.publish, subscribe: allowed.subscribe))
  }

  /// A user of the system account.
  func systemLogin(_ permissions: UserClaims.Permissions, seconds: Int64 = 120) throws(StoreProblem) -> ShortLivedLogin {
    let seeds = try database.first("SELECT system_seed, system_signing_seed FROM state") { ($0.text(0), $0.text(1)) }
    guard let seeds else { throw .storage(.damaged, "the store has no system account; it was left as it is") }
    return try ShortLivedLogin(
      of: try Self.key(seeds.0).publicKey, signedBy: try Self.key(seeds.1), permissions: permissions, seconds: seconds, inputs)
  }

  private func probeLogin(for account: String) throws(StoreProblem) -> ShortLivedLogin? {
    let seed = try database.first(
      "SELECT seed FROM signing_keys WHERE account_id = ? AND seed <> '' ORDER BY generation DESC LIMIT 1", [.text(account)]
    ) { $0.text(0) }
    guard let seed, let identity = PublicKey(account) else { return nil }
    let nowhere = UserClaims.Permissions(publish: ["_PROBE"], subscribe: ["_PROBE"])
    return try ShortLivedLogin(
      of: identity, signedBy: try Self.key(seed), permissions: nowhere, revokedUpTo: try revokedUpTo(account), inputs)
  }

  /// Inside a transaction: who has heard of which claims; and if everybody has, that nothing is due any more.
  func record(_ report: PushReport, of order: PushOrder) throws(StoreProblem) {
    if report.isDone { try recordUnheard(order, report) }
    if report.isPurged == true, version >= 2 {
      try database.run("UPDATE closed_accounts SET is_purging = 0, is_purged = 1 WHERE id = ?", [.text(order.account)])
    }
    guard try database.first("SELECT 1 FROM accounts WHERE id = ?", [.text(order.account)], { $0.int(0) }) != nil else { return }
    let now = inputs.now()
    for server in report.acknowledged.values {
      try remember(server, now)
      try database.run(
        "INSERT INTO acknowledgements VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET claims_iat = max(claims_iat, excluded.claims_iat)",
        [.text(order.account), .text(server.name), .int(order.issuedAt)])
    }
    guard report.isDone else { return }
    if version >= 3 {
      try database.run(
        "DELETE FROM written_claims WHERE account_id = ? AND claims_iat < ?", [.text(order.account), .int(order.issuedAt)])
    }
    // Rows that are left keep it pending: the next push goes on with them.
    guard try forgetRevoked(of: order.account, upTo: order.issuedAt) else { return }
    if version >= 2 {
      try database.run(
        "UPDATE pending_pushes SET is_done = 1 WHERE account_id = ? AND claims_iat <= ?", [.text(order.account), .int(order.issuedAt)])
    }
    try database.run(
      "DELETE FROM pending_pushes WHERE account_id = ? AND claims_iat <= ?", [.text(order.account), .int(order.issuedAt)])
  }

  private func recordUnheard(_ order: PushOrder, _ report: PushReport) throws(StoreProblem) {
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

  /// Inside a transaction of its own, after the one that recorded is committed: a kill in between may leave a mark too many, never one too
  /// few. Whoever makes something pending sets the mark inside its transaction, so none comes in between.
  func forgetMark() throws(StoreProblem) {
    let purging = version >= 2 ? "UNION ALL SELECT 1 FROM closed_accounts WHERE is_purging = 1" : ""
    let due = try database.first("SELECT 1 FROM pending_pushes UNION ALL SELECT 1 FROM unheard \(purging) LIMIT 1") { $0.int(0) }
    if due == nil { folder.forget(folder.pendingMark) }
  }
}
