import Credentials
import System

extension OpenStore {
  /// Inside a transaction: records that a credential is dead. Nil if it is not there; its account otherwise, also if it was dead before.
  func revoke(_ id: CredentialID) throws(StoreProblem) -> String? {
    let row = try database.first(
      "SELECT account_id, user_key, signing_key, iat, \(CredentialRow.state) FROM credentials WHERE id = ?", [.text(id.text)]
    ) { (account: $0.text(0), user: $0.text(1), signer: $0.text(2), iat: $0.int(3), state: $0.text(4)) }
    guard let row else { return nil }
    guard row.state == "active" else { return row.account }
    // The clock may have gone back since: a revocation older than the token revokes nothing.
    try database.run(
      "INSERT INTO revocations VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)",
      [.text(row.account), .text(row.user), .text(row.signer), .int(max(inputs.now() / 1_000_000, row.iat))])
    try database.run("UPDATE signing_keys SET alive = alive - 1 WHERE public_key = ?", [.text(row.signer)])
    try retireKey(row.signer)
    let issuedAt = try commitClaims(of: row.account)
    try database.run("UPDATE credentials SET state = 'revoking', revoking_iat = ? WHERE id = ?", [.int(issuedAt), .text(id.text)])
    return row.account
  }

  /// A key that has served its share and whose users are all dead leaves the claims, and takes their revocations with it: nobody it
  /// signed can log in without it. The key in service stays, or every create of a quiet account would need new claims.
  func retireKey(_ key: String) throws(StoreProblem) {
    let isOver = try database.first(
      "SELECT 1 FROM signing_keys WHERE public_key = ? AND alive <= 0 AND issued >= ?", [.text(key), .int(Schema.credentialsPerKey)]
    ) { _ in true }
    guard isOver == true else { return }
    try database.run("DELETE FROM signing_keys WHERE public_key = ?", [.text(key)])
    try database.run("DELETE FROM revocations WHERE signing_key = ?", [.text(key)])
  }

  /// Inside a transaction: closes an account for good, by claims that let nobody in. False if it is not there. Its credentials are not touched:
  /// that the account is closed says of each that it is being revoked. `keepingStreams`: its JetStream data stays on the servers.
  func close(_ account: String, keepingStreams: Bool = false) throws(StoreProblem) -> Bool {
    let state = try database.first("SELECT closing_iat IS NOT NULL FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) }
    guard let state else { return false }
    guard state == 0 else { return true }
    try database.run("UPDATE accounts SET closing_iat = 0 WHERE id = ?", [.text(account)])
    // An `iat` is the second in which its credential was made, and that is in an index; or the one after a revocation of all.
    let newest = try database.first("SELECT max(\(created)) FROM credentials WHERE account_id = ?", [.text(account)]) { $0.int(0) } ?? 0
    try database.run(
      "INSERT INTO revocations VALUES (?, '*', '', ?) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)",
      [.text(account), .int(max(max(inputs.now(), newest) / 1_000_000, try revokedUpTo(account) + 1))])
    let issuedAt = try commitClaims(of: account)
    try database.run("UPDATE accounts SET closing_iat = ? WHERE id = ?", [.int(issuedAt), .text(account)])
    if version >= 2 {
      try database.run(
        "INSERT INTO closed_accounts (id, claims_iat, token, is_purging) VALUES (?, 0, '', ?) ON CONFLICT DO UPDATE SET is_purging = excluded.is_purging",
        [.text(account), .int(keepingStreams ? 0 : 1)])
    }
    return true
  }

  /// Inside a transaction: the new name goes into the account's claims too. Nil if the account is not there.
  func rename(_ account: String, _ name: String) throws(StoreProblem) -> Account? {
    guard let row = try self.account(account) else { return nil }
    let isOpen = try database.first("SELECT closing_iat IS NULL FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) }
    guard isOpen == 1 else { throw .refused(CredentialsError(.conflict, "the account is being deleted")) }
    try database.run(
      "UPDATE accounts SET name = ?, updated_at = max(updated_at, ?) WHERE id = ?", [.text(name), .int(inputs.now()), .text(row.id.text)])
    try commitClaims(of: account)
    return try self.account(account)
  }

  /// How long one transaction takes rows of a closed account away: nobody waits much longer for the store.
  private static let emptyingMilliseconds = 50
  private static let rowsAtOnce = 50

  /// True if none is left.
  private func takeRowsAway(of account: String, _ project: String) throws(StoreProblem) -> Bool {
    let end = Deadline(milliseconds: Self.emptyingMilliseconds)
    var gone = 0
    repeat {
      try database.run(
        "DELETE FROM credentials WHERE id IN (SELECT id FROM credentials WHERE account_id = ? ORDER BY \(created) LIMIT ?)",
        [.text(account), .int(Int64(Self.rowsAtOnce))])
      gone += database.changes
    } while database.changes == Self.rowsAtOnce && !end.isOver
    let isEmpty = database.changes < Self.rowsAtOnce
    try count("credentials", ["", account, project], by: -Int64(gone))
    return isEmpty
  }

  /// Inside a transaction, as `forgetRevoked` of an open account, for a few rows. False if there was none.
  func forgetSomeRevoked(of account: String, upTo issuedAt: Int64) throws(StoreProblem) -> Bool {
    let project = try database.first("SELECT project_id FROM accounts WHERE id = ?", [.text(account)]) { $0.text(0) }
    guard let project else { return false }
    try database.run(
      """
      DELETE FROM credentials WHERE id IN (
        SELECT id FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat > 0 AND revoking_iat <= ? LIMIT 16)
      """, [.text(account), .int(issuedAt)])
    let gone = database.changes
    try count("credentials", ["", account, project], by: -Int64(gone))
    return gone > 0
  }

  /// Inside a transaction, when every server has heard of these claims: what they revoked is gone. False while a closed account has rows left.
  func forgetRevoked(of account: String, upTo issuedAt: Int64) throws(StoreProblem) -> Bool {
    let project = try database.first("SELECT project_id FROM accounts WHERE id = ?", [.text(account)]) { $0.text(0) }
    guard let project else { return true }
    try database.run(
      "DELETE FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat <= ?", [.text(account), .int(issuedAt)])
    try count("credentials", ["", account, project], by: -Int64(database.changes))
    let isClosed = try database.first(
      "SELECT 1 FROM accounts WHERE id = ? AND closing_iat IS NOT NULL AND closing_iat <= ?", [.text(account), .int(issuedAt)]
    ) { _ in true }
    guard isClosed == true else { return true }
    guard try takeRowsAway(of: account, project) else { return false }
    // The claims that close it stay in resolver/: a server that comes back with older ones is told by its neighbours.
    if version >= 2 {
      try database.run(
        "UPDATE closed_accounts SET claims_iat = ?, token = ? WHERE id = ?",
        [.int(issuedAt), .text(try claimsToken(account)), .text(account)])
      try database.run("UPDATE pending_pushes SET is_done = 1 WHERE account_id = ?", [.text(account)])
    }
    let tables = ["signing_keys", "revocations", "acknowledgements", "pending_pushes"] + (version >= 3 ? ["written_claims"] : [])
    for table in tables {
      try database.run("DELETE FROM \(table) WHERE account_id = ?", [.text(account)])
    }
    try database.run("DELETE FROM accounts WHERE id = ?", [.text(account)])
    try database.run("DELETE FROM counts WHERE list = 'credentials' AND scope = ?", [.text(account)])
    try count("accounts", ["", project], by: -1)
    return true
  }
}
