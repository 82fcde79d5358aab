import NATSAuth

extension OpenStore {
  /// The operator's token and the nats-server's configuration; both follow from the store and the settings, so they are only compared.
  func writeServerFiles() throws(StoreProblem) {
    let keys = try database.first(
      "SELECT operator_seed, operator_signing_seed, operator_iat, system_seed, system_signing_seed, system_iat FROM state"
    ) { ($0.text(0), $0.text(1), $0.int(2), $0.text(3), $0.text(4), $0.int(5)) }
    guard let keys else { throw .storage(.damaged, "the store has no operator; it was left as it is") }
    let (identity, signer, system, systemSigner) = (
      try Self.key(keys.0), try Self.key(keys.1), try Self.key(keys.3), try Self.key(keys.4)
    )
    let operatorToken: String
    let systemToken: String
    do throws(CryptoError) {
      operatorToken = try OperatorClaims(
        name: serverName, issuedAt: keys.2, signingKeys: [signer.publicKey], systemAccount: system.publicKey
      ).token(signedBy: identity)
      systemToken = try AccountClaims(
        account: system.publicKey, name: "SYS", issuedAt: keys.5, signingKeys: [systemSigner.publicKey], hasJetStream: false
      ).token(signedBy: signer)
    } catch { throw StoreProblem(error) }
    let configuration = ServerConfiguration(
      address: address, serverName: serverName, folder: folder, systemAccount: system.publicKey.text, systemToken: systemToken)
    let files = [(folder.operatorToken, Array(operatorToken.utf8)), (folder.configuration, Array(configuration.text.utf8))]
    guard files.contains(where: { StateFolder.read($0.0) != $0.1 }) else { return }
    try folder.whileLocked { () throws(StoreProblem) in
      for file in files where StateFolder.read(file.0) != file.1 { try folder.replace(file.0, with: file.1) }
    }
  }

  /// Writes the account JWTs whose committed claims may be newer than their files. Claims are read again under the lock, so that of two
  /// processes none writes older ones over newer ones.
  func writeClaimsFiles() throws(StoreProblem) {
    guard try database.first("SELECT 1 FROM accounts WHERE is_unwritten = 1 LIMIT 1", [], { $0.int(0) }) != nil else { return }
    try folder.whileLocked { () throws(StoreProblem) in
      var accounts: [(id: String, iat: Int64)] = []
      try database.run("SELECT id, claims_iat FROM accounts WHERE is_unwritten = 1") { accounts.append(($0.text(0), $0.int(1))) }
      for account in accounts {
        try folder.replace(folder.claims(of: account.id), with: Array(try claimsToken(account.id).utf8))
        // Lost by a power cut, it means that the file is written once more: not worth a sync.
        try database.runUnsynced(
          "UPDATE accounts SET is_unwritten = 0 WHERE id = ? AND claims_iat = ?", [.text(account.id), .int(account.iat)])
      }
    }
  }

  /// The newest committed claims of an account as its token. Never inside a transaction that has changed them.
  func claimsToken(_ id: String) throws(StoreProblem) -> String {
    let account = try database.first("SELECT name, claims_iat, closing_iat IS NOT NULL FROM accounts WHERE id = ?", [.text(id)]) {
      ($0.text(0), $0.int(1), $0.int(2) == 1)
    }
    guard let account, let identity = PublicKey(id) else { throw .storage(.damaged, "an account of the store has no key") }
    if let newestToken, newestToken.account == id, newestToken.issuedAt == account.1 { return newestToken.text }
    var signingKeys: [PublicKey] = []
    try database.run("SELECT public_key FROM signing_keys WHERE account_id = ?", [.text(id)]) { row in
      if let key = PublicKey(row.text(0)) { signingKeys.append(key) }
    }
    var revocations: [String: Int64] = [:]
    try database.run("SELECT user_key, revoked_at FROM revocations WHERE account_id = ?", [.text(id)]) {
      revocations[$0.text(0)] = $0.int(1)
    }
    // A closed account needs no key and no list: everybody is revoked.
    if account.2 { (signingKeys, revocations) = ([], revocations.filter { $0.key == "*" }) }
    do throws(CryptoError) {
      let text = try AccountClaims(
        account: identity, name: account.0, issuedAt: account.1, signingKeys: signingKeys, revocations: revocations, hasJetStream: true,
        isClosed: account.2
      ).token(signedBy: operatorSigner)
      newestToken = (id, account.1, text)
      return text
    } catch { throw StoreProblem(error) }
  }
}
