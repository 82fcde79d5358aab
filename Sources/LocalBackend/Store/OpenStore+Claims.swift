import Credentials
import NATSAuth
import System

extension OpenStore {
  /// Inside a transaction that changed what an account's token says: a strictly newer `iat`, whatever the clock does, the file to write,
  /// the push that is due, and its mark in the folder. The mark is set and taken away only by who holds the write transaction, so none
  /// can be lost between two processes.
  @discardableResult
  func commitClaims(of account: String) throws(StoreProblem) -> Int64 {
    if let issuedAt = claimsUnderWay[account], !mergedAccounts.contains(account) {
      try noteGeneration(account, issuedAt)
      committedClaims.insert(account)
      return issuedAt
    }
    try mergeFile(of: account)
    try noteWritten(account)
    let now = inputs.now()
    let committed = version >= 2 ? ", committed_at = ?2" : ""
    try database.run(
      "UPDATE accounts SET claims_iat = max(claims_iat + 1, ?2 / 1000000), is_unwritten = 1\(committed) WHERE id = ?1",
      [.text(account), .int(now)])
    let issuedAt = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
    if mergedAccounts.remove(account) != nil { try endWhatWasRevoked(in: account, issuedAt) }
    try noteWritten(account)
    try demandPush(of: account, issuedAt)
    claimsUnderWay[account] = issuedAt
    return issuedAt
  }

  /// At the beginning of a transaction that writes.
  func forgetUnderWay() { (committedClaims, claimsUnderWay, filesUnderWay, claimsBytes) = ([], [:], [], 0) }

  /// Inside a transaction: the same claims with a newer `iat`, for a server that takes no notice of what it has already. False if the account
  /// has none any more.
  func commitAnew(_ account: String) throws(StoreProblem) -> Bool {
    guard try database.first("SELECT 1 FROM accounts WHERE id = ?", [.text(account)], { _ in true }) == true else { return false }
    try commitClaims(of: account)
    return true
  }

  private func demandPush(of account: String, _ issuedAt: Int64) throws(StoreProblem) {
    try database.run(
      """
      INSERT INTO pending_pushes (account_id, claims_iat, since) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat
      """, [.text(account), .int(issuedAt), .int(inputs.now())])
    try folder.claim(folder.pendingMark)
    committedClaims.insert(account)
  }

  /// Inside a transaction: if an account's file in resolver/ is not what it should be, makes it due to be written, and told to every server
  /// again, because one that was started meanwhile has read the wrong one. Newer claims of ours are merged. True if something was to do.
  @discardableResult
  func mendFile(of account: String) throws(StoreProblem) -> Bool {
    // What was to be done was done, and the file is written after the commit.
    guard filesUnderWay.insert(account).inserted else { return false }
    switch try claimsFile(of: account) {
    case .same: return false
    case .newer(let found):
      try merge(found, into: account)
      try commitClaims(of: account)
    case .older, .missing, .unreadable:
      let issuedAt = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
      try database.run("UPDATE accounts SET is_unwritten = 1 WHERE id = ?", [.text(account)])
      try database.run("UPDATE acknowledgements SET claims_iat = 0 WHERE account_id = ?", [.text(account)])
      try demandPush(of: account, issuedAt)
    }
    return true
  }

  /// A database that was put back from a copy is older than the claims it once wrote. What they revoke stays revoked, and keys they no
  /// longer have do not come back.
  private func mergeFile(of account: String) throws(StoreProblem) {
    // Only by its age: this transaction has changed what the account's token says already.
    filesUnderWay.insert(account)
    guard let bytes = try ClaimsFile.bytes(folder.claims(of: account)) else { return }
    claimsBytes += bytes.count
    let known = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
    if let newestToken, newestToken.account == account, newestToken.issuedAt == known, bytes == Array(newestToken.text.utf8) { return }
    guard let found = StoredClaims(String(decoding: bytes, as: UTF8.self), of: account, signedBy: operatorSigner.publicKey.text),
      found.issuedAt > known
    else { return }
    try merge(found, into: account)
  }

  /// Inside a transaction that has changed nothing yet: what a server has is not the same as this store's claims, and newer, as new, or written
  /// by another copy of the store.
  func merge(fromServer token: String, into account: String) throws(StoreProblem) {
    let known = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) }
    guard let known, try claimsToken(account) != token,
      let found = StoredClaims(token, of: account, signedBy: operatorSigner.publicKey.text)
    else { return }
    let isForeign = try writtenClaims(of: account).areWithout(found.issuedAt)
    guard found.issuedAt >= known || isForeign else { return }
    try merge(found, into: account)
    try commitClaims(of: account)
  }

  /// Inside a transaction: the claims that the account has now are this store's; or those of another copy, once they are merged.
  private func noteWritten(_ account: String, _ merged: Int64? = nil) throws(StoreProblem) {
    guard version >= 3 else { return }
    try database.run(
      """
      INSERT INTO written_claims SELECT id, coalesce(?2, claims_iat), (SELECT coalesce(max(generation), 0) FROM signing_keys WHERE account_id = ?1),
        coalesce(committed_at, created_at)
      FROM accounts WHERE id = ?1 ON CONFLICT DO NOTHING
      """, [.text(account), merged.map { .int($0) } ?? .null])
  }

  /// Inside a transaction: since these claims were noted it has made keys or taken some away.
  private func noteGeneration(_ account: String, _ issuedAt: Int64) throws(StoreProblem) {
    guard version >= 3 else { return }
    try database.run(
      """
      UPDATE written_claims SET generation = (SELECT coalesce(max(generation), 0) FROM signing_keys WHERE account_id = ?1)
      WHERE account_id = ?1 AND claims_iat = ?2
      """, [.text(account), .int(issuedAt)])
  }

  /// Claims that this store has not written: it is older than what is out there.
  private func merge(_ found: StoredClaims, into account: String) throws(StoreProblem) {
    let common = try writtenClaims(of: account).newest(upTo: found.issuedAt)
    try rememberUnknown(in: account, since: common?.committedAt)
    try database.run("UPDATE accounts SET claims_iat = max(claims_iat, ?) WHERE id = ?", [.int(found.issuedAt), .text(account)])
    for revocation in found.revocations where revocation.user == "*" || PublicKey(revocation.user)?.kind == .user {
      try database.run(
        """
        INSERT INTO revocations VALUES (?1, ?2, coalesce((SELECT signing_key FROM credentials WHERE user_key = ?2 AND +account_id = ?1), ''), ?3)
        ON CONFLICT DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)
        """, [.text(account), .text(revocation.user), .int(revocation.at)])
    }
    try takeKeys(of: found, into: account, common?.generation)
    try noteWritten(account, found.issuedAt)
    mergedAccounts.insert(account)
    if found.isClosed, version >= 2 {
      try database.run("UPDATE accounts SET closing_iat = 0 WHERE id = ? AND closing_iat IS NULL", [.text(account)])
      try database.run(
        "INSERT INTO closed_accounts (id, claims_iat, token, is_purging) VALUES (?, 0, '', 1) ON CONFLICT DO NOTHING", [.text(account)])
    }
  }

  /// What merged claims say of credentials that this store takes for alive: they are dead, and go when every server has heard of it.
  private func endWhatWasRevoked(in account: String, _ issuedAt: Int64) throws(StoreProblem) {
    try database.run("UPDATE accounts SET closing_iat = ?2 WHERE id = ?1 AND closing_iat = 0", [.text(account), .int(issuedAt)])
    // That the account is closed says it of each of its credentials.
    if try isClosing(account) { return }
    try database.run(
      """
      UPDATE credentials AS c SET state = 'revoking', revoking_iat = ?2 WHERE account_id = ?1 AND state = 'active' AND (
        EXISTS (SELECT 1 FROM revocations r WHERE r.account_id = ?1 AND r.user_key IN (c.user_key, '*') AND r.revoked_at >= c.iat)
        OR NOT EXISTS (SELECT 1 FROM signing_keys k WHERE k.public_key = c.signing_key))
      """, [.text(account), .int(issuedAt)])
    try recountAlive(in: account)
  }

  /// What was made after the newest thing that the store knows of the account, and until now, it does not know. `since`: of a store that has
  /// changed the account after it was put back, when it last knew everything.
  private func rememberUnknown(in account: String, since: Int64?) throws(StoreProblem) {
    guard version >= 2 else { return }
    try database.run(
      """
      UPDATE accounts SET unknown_until = ?2, unknown_since = min(coalesce(unknown_since, ?2), coalesce(?3, ?2), max(
        created_at, coalesce(committed_at, 0), coalesce((SELECT max(\(created)) FROM credentials WHERE account_id = ?1), 0)))
      WHERE id = ?1
      """, [.text(account), .int(inputs.now()), since.map { .int($0) } ?? .null])
    foundNewerClaims = true
  }

  /// `generation`: of the newest signing key that both copies of the store know; those after it are this one's own.
  private func takeKeys(of found: StoredClaims, into account: String, _ generation: Int64?) throws(StoreProblem) {
    var (own, common): ([String], Set<String>) = ([], [])
    try database.run("SELECT public_key, generation FROM signing_keys WHERE account_id = ?", [.text(account)]) {
      own.append($0.text(0))
      if $0.int(1) <= generation ?? .max { common.insert($0.text(0)) }
    }
    for key in own where common.contains(key) && !found.signingKeys.contains(key) {
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
