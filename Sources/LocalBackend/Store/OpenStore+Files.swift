import NATSAuth

extension OpenStore {
  /// The operator's token and the nats-server's configuration; both follow from the store and the settings, so they are only compared.
  func writeServerFiles() throws(StoreProblem) {
    let (operatorBytes, configuration) = try serverFiles()
    // The configuration is the user's from the day it is made; the operator is what the store says.
    // Left over by a kill in the middle of a change, which nothing may ever make again.
    let half = folder.configuration + ".tmp"
    guard
      try StateDirectory.read(folder.operatorToken) != operatorBytes || !StateDirectory.exists(folder.configuration)
        || StateDirectory.exists(half)
    else { return }
    try folder.whileLocked { () throws(StoreProblem) in
      folder.forget(half)
      if try StateDirectory.read(folder.operatorToken) != operatorBytes { try folder.replace(folder.operatorToken, with: operatorBytes) }
      if !StateDirectory.exists(folder.configuration) { try folder.replace(folder.configuration, with: Array(configuration.text.utf8)) }
    }
  }

  /// What nats-server.conf says when it is made.
  func configuration() throws(StoreProblem) -> ServerConfigurationFile { ServerConfigurationFile(try serverFiles().configuration.text) }

  private func serverFiles() throws(StoreProblem) -> (operatorToken: [UInt8], configuration: ServerConfiguration) {
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
      address: endpoint, serverName: serverName, folder: folder, systemAccount: system.publicKey.text, systemToken: systemToken)
    return (Array(operatorToken.utf8), configuration)
  }

  /// Changes single lines of nats-server.conf, and nothing of it if they stand there already.
  func changeConfiguration(_ change: (inout ServerConfigurationFile) -> Void) throws(StoreProblem) {
    try folder.whileLocked { () throws(StoreProblem) in
      guard let bytes = try StateDirectory.read(folder.configuration) else { return }
      let text = String(decoding: bytes, as: UTF8.self)
      var file = ServerConfigurationFile(text)
      change(&file)
      if file.text != text { try folder.replace(folder.configuration, with: Array(file.text.utf8)) }
    }
  }

  /// A configuration that an earlier version wrote says nothing of the ports file by which a server that runs is found.
  func addPortsFolder() throws(StoreProblem) {
    guard let bytes = try StateDirectory.read(folder.configuration),
      ServerConfigurationFile(String(decoding: bytes, as: UTF8.self)).portsFolder == nil
    else { return }
    try changeConfiguration { if $0.portsFolder == nil { $0.setPortsFolder(folder.path) } }
  }

  /// Brings nats-server.conf and the ports files in order. Gives what was done, for people.
  func repairServerFiles() throws(StoreProblem) -> [String] {
    var done: [String] = []
    let wanted = try configuration()
    try changeConfiguration { file in
      let strange = file.lines(unlike: wanted)
      file.takeTrust(of: wanted)
      if !strange.isEmpty { done.append("nats-server.conf: wrote \(strange.joined(separator: ", ")); restart nats-server") }
      if file.portsFolder == nil {
        file.setPortsFolder(folder.path)
        done.append("nats-server.conf: added ports_file_dir; reload nats-server (--signal reload)")
      }
    }
    for file in try PortsFile.all(in: folder.path) where !file.isLive {
      folder.forget(file.path)
      done.append("removed \(file.path), whose server runs no more")
    }
    return done
  }

  /// Writes the account JWTs whose committed claims may be newer than their files. Claims are read again under the lock, so that of two
  /// processes none writes older ones over newer ones.
  func writeClaimsFiles(keepingNewer: Bool = false) throws(StoreProblem) {
    guard try database.first("SELECT 1 FROM accounts WHERE is_unwritten = 1 LIMIT 1", [], { $0.int(0) }) != nil else { return }
    try folder.whileLocked { () throws(StoreProblem) in
      var accounts: [(id: String, iat: Int64)] = []
      try database.run("SELECT id, claims_iat FROM accounts WHERE is_unwritten = 1") { accounts.append(($0.text(0), $0.int(1))) }
      for account in accounts {
        // A store that was put back from a copy may say of a newer file that it is to be written. It will be merged.
        let isNewer = keepingNewer ? try hasNewerFile(account.id) : false
        if !isNewer {
          try folder.replace(folder.claims(of: account.id), with: Array(try claimsToken(account.id).utf8))
        }
        // Lost by a power cut, it means that the file is written once more: not worth a sync.
        try database.runUnsynced(
          "UPDATE accounts SET is_unwritten = 0 WHERE id = ? AND claims_iat = ?", [.text(account.id), .int(account.iat)])
      }
    }
  }

  private func hasNewerFile(_ account: String) throws(StoreProblem) -> Bool {
    if case .newer = try claimsFile(of: account) { return true }
    return false
  }

  /// The newest committed claims of an account as its token. Never inside a transaction that has changed them.
  func claimsToken(_ id: String) throws(StoreProblem) -> String {
    let account = try database.first("SELECT name, claims_iat, closing_iat IS NOT NULL FROM accounts WHERE id = ?", [.text(id)]) {
      ($0.text(0), $0.int(1), $0.int(2) == 1)
    }
    guard let account, let identity = PublicKey(id) else { throw .storage(.damaged, "an account of the store has no key") }
    if let newestToken, newestToken.account == id, newestToken.issuedAt == account.1 { return newestToken.text }
    var signingKeys = try signingKeys(of: id)
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

  private func signingKeys(of id: String) throws(StoreProblem) -> [PublicKey] {
    var texts: [String] = []
    try database.run("SELECT public_key FROM signing_keys WHERE account_id = ?", [.text(id)]) { texts.append($0.text(0)) }
    if texts != newestKeys.texts { newestKeys = (texts, texts.compactMap { PublicKey($0) }.sorted()) }
    return newestKeys.sorted
  }
}
