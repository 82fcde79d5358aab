import NATSAuth

/// One thing that is not as the store says it should be.
enum Difference {
  /// An account's claims file; how it stands to the store.
  case file(account: String, ClaimsFile)
  /// The file of an account that is deleted: the claims that let nobody in are not there.
  case closedFile(account: String)
  /// Claims that our operator signed, of an account that the store does not know: an older copy of the store was restored.
  case unknownAccount(String, StoredClaims)

  /// For people.
  var text: String {
    switch self {
    case .file(let account, let file): "the claims file of account \(account) \(file.difference ?? "is as it should be")"
    case .closedFile(let account): "the claims file of the deleted account \(account) is not the one that refuses every login"
    case .unknownAccount(let account, _): "account \(account) is not in the store and works: an older copy of the store was restored"
    }
  }
}

extension OpenStore {
  /// Compares every file of resolver/ with the store. Changes nothing. `withUnwritten`: also files that are about to be written.
  func differences(withUnwritten: Bool) throws(StoreProblem) -> [Difference] {
    var accounts: [String] = []
    try database.run("SELECT id FROM accounts ORDER BY id") { accounts.append($0.text(0)) }
    var closed: [(id: String, token: String)] = []
    if version >= 2 {
      try database.run("SELECT id, token FROM closed_accounts WHERE token <> ''") { closed.append(($0.text(0), $0.text(1))) }
    }
    var found: [Difference] = []
    for account in accounts {
      var file = try claimsFile(of: account)
      if file.difference != nil, !withUnwritten {
        // Claims that were committed a moment ago are being written by whoever committed them, or will be by the next change; and the file may
        // have been written between the two looks.
        if try isUnwritten(account) { continue }
        file = try claimsFile(of: account)
      }
      if file.difference != nil { found.append(.file(account: account, file)) }
    }
    for account in closed where try !hasClosedFile(account.id, account.token) { found.append(.closedFile(account: account.id)) }
    // nats-server keeps the system account's claims there, too.
    let known = Set(accounts).union(closed.map(\.id)).union([try systemAccount()])
    for account in try folder.accountsWithClaims() where !known.contains(account) {
      guard let bytes = try ClaimsFile.bytes(folder.claims(of: account)),
        let claims = StoredClaims(String(decoding: bytes, as: UTF8.self), of: account, signedBy: operatorSigner.publicKey.text),
        !claims.isClosed, !claims.signingKeys.isEmpty
      else { continue }
      found.append(.unknownAccount(account, claims))
    }
    return found
  }

  private func isUnwritten(_ account: String) throws(StoreProblem) -> Bool {
    try database.first("SELECT is_unwritten FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } == 1
  }

  private func systemAccount() throws(StoreProblem) -> String {
    let seed = try database.first("SELECT system_seed FROM state") { $0.text(0) }
    return try seed.map { seed throws(StoreProblem) in try Self.key(seed).publicKey.text } ?? ""
  }

  private func hasClosedFile(_ account: String, _ token: String) throws(StoreProblem) -> Bool {
    guard let bytes = try ClaimsFile.bytes(folder.claims(of: account)) else { return false }
    if bytes.elementsEqual(token.utf8) { return true }
    return StoredClaims(String(decoding: bytes, as: UTF8.self), of: account, signedBy: operatorSigner.publicKey.text)?.isClosed ?? false
  }

  /// Inside a transaction: what the store must say so that the difference goes.
  func mend(_ difference: Difference) throws(StoreProblem) {
    switch difference {
    case .file(let account, _):
      // It may have been mended, or deleted, since it was looked at.
      if try database.first("SELECT 1 FROM accounts WHERE id = ?", [.text(account)], { _ in true }) == true { try mendFile(of: account) }
    case .closedFile(let account):
      // Its file is written by then; a server that was started meanwhile may have read the wrong one.
      try database.run(
        """
        INSERT INTO unheard SELECT id, claims_iat, token FROM closed_accounts WHERE id = ?
        ON CONFLICT DO UPDATE SET claims_iat = excluded.claims_iat, token = excluded.token WHERE excluded.claims_iat > claims_iat
        """, [.text(account)])
      try folder.claim(folder.pendingMark)
      committedClaims.insert(account)
    case .unknownAccount(let account, let claims):
      let time = claims.issuedAt * 1_000_000
      try database.run(
        """
        INSERT INTO accounts (id, name, project_id, seed, created_at, updated_at, claims_iat) VALUES (?, ?, ?, '', ?, ?, ?)
        ON CONFLICT DO NOTHING
        """, [.text(account), .text(claims.name), .text(AccountRow.ownProject), .int(time), .int(time), .int(claims.issuedAt - 1)])
      guard database.changes > 0 else { return }
      try count("accounts", ["", AccountRow.ownProject])
      try mendFile(of: account)
    }
  }

  /// Writes the claims that close a deleted account.
  func writeClosedFile(of account: String) throws(StoreProblem) {
    guard version >= 2,
      let token = try database.first("SELECT token FROM closed_accounts WHERE id = ? AND token <> ''", [.text(account)], { $0.text(0) })
    else { return }
    try folder.whileLocked { () throws(StoreProblem) in try folder.replace(folder.claims(of: account), with: Array(token.utf8)) }
  }
}
