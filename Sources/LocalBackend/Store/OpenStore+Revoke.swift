import Credentials
import NATSAuth
import System

extension OpenStore {
  /// Inside a transaction: ends what the store may not know. Gives how many rows are ended; nil if the account is not there.
  func revoke(_ revocation: Revocation, in account: String) throws(StoreProblem) -> Int? {
    let isOpen = try database.first("SELECT closing_iat IS NULL FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) }
    guard let isOpen else { return nil }
    guard isOpen == 1 else { throw .refused(CredentialsError(.conflict, "the account is being deleted")) }
    switch revocation {
    case .userKey(let key): return try revoke(userKey: key.text, in: account)
    case .issuedUpTo(let seconds): return try revoke(issuedUpTo: seconds, in: account)
    }
  }

  private func revoke(userKey: String, in account: String) throws(StoreProblem) -> Int {
    // `+`, here and where claims are merged: the account is not what SQLite is to look it up by.
    let listed = try database.first("SELECT id FROM credentials WHERE user_key = ? AND +account_id = ?", [.text(userKey), .text(account)]) {
      $0.text(0)
    }
    if let listed, let id = CredentialID(listed) { return try revoke(id) == nil ? 0 : 1 }
    let isRevoked = try database.first(
      "SELECT 1 FROM revocations WHERE account_id = ? AND user_key = ?", [.text(account), .text(userKey)]
    ) { _ in true }
    // Asked again, it is told again, and nothing grows.
    try database.run(
      "INSERT INTO revocations VALUES (?, ?, '', ?) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)",
      [.text(account), .text(userKey), .int(inputs.now() / 1_000_000)])
    if isRevoked == nil { try refuseWithoutRoom(in: account) }
    try commitClaims(of: account)
    return 0
  }

  /// Every revocation must fit the claims, and those of keys that are not listed never leave them.
  private func refuseWithoutRoom(in account: String) throws(StoreProblem) {
    let unlisted = try database.first("SELECT count(*) FROM revocations WHERE signing_key = '' AND account_id = ?", [.text(account)]) {
      $0.int(0)
    }
    guard unlisted ?? 0 <= Schema.mostUnlistedRevocations else {
      throw .refused(
        CredentialsError(
          .quotaExceeded, "the account's claims hold \(Schema.mostUnlistedRevocations) revocations of unlisted keys: use issued_before"))
    }
  }

  private func revoke(issuedUpTo seconds: Int64, in account: String) throws(StoreProblem) -> Int {
    guard seconds <= inputs.now() / 1_000_000 else {
      throw .refused(.invalidParameter("issued_before", "lies in the future", expected: "a time that has passed"))
    }
    try database.run(
      "INSERT INTO revocations VALUES (?, '*', '', ?) ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)",
      [.text(account), .int(seconds)])
    let issuedAt = try commitClaims(of: account)
    // Afterwards: committing may have found that the store is an older copy.
    if version >= 2 {
      try database.run(
        "UPDATE accounts SET unknown_since = NULL, unknown_until = NULL WHERE id = ? AND unknown_until < ?",
        [.text(account), .int((seconds + 1) * 1_000_000)])
    }
    try database.run(
      "UPDATE credentials SET state = 'revoking', revoking_iat = ? WHERE account_id = ? AND state = 'active' AND iat <= ?",
      [.int(issuedAt), .text(account), .int(seconds)])
    let ended = try database.first(
      "SELECT count(*) FROM credentials WHERE account_id = ? AND state = 'revoking' AND revoking_iat = ?", [.text(account), .int(issuedAt)]
    ) { $0.int(0) }
    for key in try recountAlive(in: account) { try retireKey(key) }
    return Int(ended ?? 0)
  }

  /// Counts anew how many credentials of each signing key are alive. Gives the account's keys.
  @discardableResult
  func recountAlive(in account: String) throws(StoreProblem) -> [String] {
    var alive: [String: Int64] = [:]
    try database.run("SELECT signing_key FROM credentials WHERE account_id = ? AND state = 'active'", [.text(account)]) {
      alive[$0.text(0), default: 0] += 1
    }
    var keys: [String] = []
    try database.run("SELECT public_key FROM signing_keys WHERE account_id = ? AND seed <> ''", [.text(account)]) {
      keys.append($0.text(0))
    }
    for key in keys {
      try database.run("UPDATE signing_keys SET alive = ? WHERE public_key = ?", [.int(alive[key] ?? 0), .text(key)])
    }
    return keys
  }
}
