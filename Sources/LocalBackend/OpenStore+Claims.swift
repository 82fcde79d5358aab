import Credentials
import NATSAuth

extension OpenStore {
  /// Inside a transaction that changed what an account's token says: a strictly newer `iat`, whatever the clock does, the file to write,
  /// the push that is due, and its mark in the folder. The mark is set and taken away only by who holds the write transaction, so none
  /// can be lost between two processes.
  @discardableResult
  func commitClaims(of account: String) throws(StoreProblem) -> Int64 {
    try mergeFile(of: account)
    let now = world.now()
    try database.run(
      "UPDATE accounts SET claims_iat = max(claims_iat + 1, ?), is_unwritten = 1 WHERE id = ?", [.int(now / 1_000_000), .text(account)])
    let issuedAt = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
    try database.run(
      "INSERT INTO pending_pushes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat",
      [.text(account), .int(issuedAt), .int(now)])
    try folder.claim(folder.pendingMark)
    committedClaims.insert(account)
    return issuedAt
  }

  /// A database that was put back from a copy is older than the claims it once wrote. What they revoke stays revoked, and keys they no
  /// longer have do not come back.
  private func mergeFile(of account: String) throws(StoreProblem) {
    guard let bytes = StateFolder.read(folder.claims(of: account)) else { return }
    let known = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
    if let newestToken, newestToken.account == account, newestToken.issuedAt == known, bytes.elementsEqual(newestToken.text.utf8) { return }
    try merge(String(decoding: bytes, as: UTF8.self), into: account, newerThan: known)
  }

  /// Inside a transaction that has changed nothing yet: what a server has is newer than, or as new as, this store's claims and not the same.
  func merge(fromServer token: String, into account: String) throws(StoreProblem) {
    let known = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) }
    guard let known, try claimsToken(account) != token else { return }
    if try merge(token, into: account, newerThan: known - 1) { try commitClaims(of: account) }
  }

  /// True if something was learnt.
  @discardableResult
  private func merge(_ token: String, into account: String, newerThan known: Int64) throws(StoreProblem) -> Bool {
    guard let found = StoredClaims(token, of: account, signedBy: operatorSigner.publicKey.text), found.issuedAt > known else {
      return false
    }
    try database.run("UPDATE accounts SET claims_iat = ? WHERE id = ?", [.int(found.issuedAt), .text(account)])
    for revocation in found.revocations where revocation.user == "*" || PublicKey(revocation.user)?.kind == .user {
      try database.run(
        """
        INSERT INTO revocations VALUES (?1, ?2, coalesce((SELECT signing_key FROM credentials WHERE user_key = ?2 AND account_id = ?1), ''), ?3)
        ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)
        """, [.text(account), .text(revocation.user), .int(revocation.at)])
    }
    try takeKeys(of: found, into: account)
    return true
  }

  private func takeKeys(of found: StoredClaims, into account: String) throws(StoreProblem) {
    var own: [String] = []
    try database.run("SELECT public_key FROM signing_keys WHERE account_id = ?", [.text(account)]) { own.append($0.text(0)) }
    for key in own where !found.signingKeys.contains(key) {
      // Its users were all deleted after this copy of the store was made.
      try database.run("DELETE FROM signing_keys WHERE public_key = ?", [.text(key)])
    }
    for key in found.signingKeys where !own.contains(key) && PublicKey(key)?.kind == .account {
      try database.run(
        """
        INSERT INTO signing_keys (public_key, account_id, generation, seed, issued, alive)
        SELECT ?, ?, coalesce(max(generation), 0) + 1, '', ?, 1 FROM signing_keys WHERE account_id = ?
        """, [.text(key), .text(account), .int(Schema.credentialsPerKey), .text(account)])
    }
  }
}
