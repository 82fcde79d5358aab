import Credentials
import JSON
import NATSAuth

extension OpenStore {
  /// Inside a transaction: the account, its identity and its first signing key.
  func createAccount(_ draft: AccountDraft) throws(StoreProblem) -> Account {
    let identity = try newKey(.account)
    let now = world.now()
    let project = draft.projectID?.text ?? LocalBackend.ownProject
    try database.run(
      "INSERT INTO accounts (id, name, project_id, seed, created_at, updated_at, claims_iat) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        .text(identity.publicKey.text), .text(draft.name), .text(project), .text(identity.seed), .int(now), .int(now),
        .int(now / 1_000_000),
      ])
    _ = try addSigningKey(to: identity.publicKey.text, generation: 1)
    try count("accounts", ["", project])
    guard let account = try account(identity.publicKey.text) else { throw .storage(.damaged, "a new account is not there") }
    return account
  }

  /// Inside a transaction: the record of a credential, and the secret that only the caller will ever hold.
  func createCredential(_ draft: CredentialDraft) throws(StoreProblem) -> IssuedCredential {
    let accountID = try accountForCreate(draft.accountID)
    let account = try database.first("SELECT project_id FROM accounts WHERE id = ?", [.text(accountID)]) { $0.text(0) }
    guard let project = account, let identity = PublicKey(accountID) else { throw .refused(.notFound("account", accountID)) }
    if draft.mustBeNew { try refuseExisting(draft.name, in: accountID) }
    let signer = try signingKey(of: accountID)
    let user = try newKey(.user)
    guard let random = world.random(16) else { throw .storage(.io, "the system gives no random numbers") }
    let id = CredentialID(random: random)
    let now = world.now()
    let content: String
    let checksum: String
    do throws(CryptoError) {
      let token = try UserClaims(
        user: user.publicKey, name: UserClaims.tokenName(draft.name), issuedAt: now / 1_000_000, issuerAccount: identity
      ).token(signedBy: signer)
      content = CredsText.make(token: token, seed: user.seed)
      checksum = try credsChecksum(content)
    } catch { throw StoreProblem(error) }
    try database.run(
      """
      INSERT INTO credentials (id, account_id, project_id, name, user_key, signing_key, iat, created_at, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(id.text), .text(accountID), .text(project), .text(draft.name), .text(user.publicKey.text), .text(signer.publicKey.text),
        .int(now / 1_000_000), .int(now), .text(checksum),
      ])
    try database.run("UPDATE signing_keys SET issued = issued + 1, alive = alive + 1 WHERE public_key = ?", [.text(signer.publicKey.text)])
    try count("credentials", ["", accountID, project])
    let credential = Credential(id: id, name: draft.name) {
      CredentialRow(id: id.text, account: accountID, name: draft.name, createdAt: now, checksum: checksum, state: "active").write(to: &$0)
    }
    return IssuedCredential(
      credential: credential, fileName: LocalBackend.fileName(for: draft.name), content: Secret(content), checksum: checksum,
      endpoint: address.url)
  }

  private func accountForCreate(_ asked: AccountID?) throws(StoreProblem) -> String {
    if let asked { return asked.text }
    var ids: [String] = []
    try database.run("SELECT id FROM accounts LIMIT 2") { ids.append($0.text(0)) }
    switch ids.count {
    case 0: return try createAccount(AccountDraft(name: "default")).id.text
    case 1: return ids[0]
    default: throw .refused(.invalidParameter("nats_account_id", "is needed here: there are several accounts; accounts.list shows them"))
    }
  }

  private func refuseExisting(_ name: String, in account: String) throws(StoreProblem) {
    var ids: [JSONValue] = []
    try database.run("SELECT id FROM credentials WHERE account_id = ? AND name = ? LIMIT 100", [.text(account), .text(name)]) {
      ids.append(.string($0.text(0)))
    }
    guard ids.isEmpty else {
      throw .refused(
        CredentialsError(.alreadyExists, "the account has a credential of this name", details: [JSONMember("candidates", .array(ids))]))
    }
  }

  /// The newest key that has not served its share, or a new generation, which the account's claims must name before a server trusts it.
  private func signingKey(of account: String) throws(StoreProblem) -> KeyPair {
    let newest = try database.first(
      "SELECT seed, issued, generation FROM signing_keys WHERE account_id = ? ORDER BY generation DESC LIMIT 1", [.text(account)]
    ) { ($0.text(0), $0.int(1), $0.int(2)) }
    if let newest, newest.1 < Schema.credentialsPerKey { return try Self.key(newest.0) }
    let key = try addSigningKey(to: account, generation: (newest?.2 ?? 0) + 1)
    try commitClaims(of: account)
    return key
  }

  private func addSigningKey(to account: String, generation: Int64) throws(StoreProblem) -> KeyPair {
    let key = try newKey(.account)
    try database.run(
      "INSERT INTO signing_keys (public_key, account_id, generation, seed) VALUES (?, ?, ?, ?)",
      [.text(key.publicKey.text), .text(account), .int(generation), .text(key.seed)])
    return key
  }

  /// Inside a transaction that changed what an account's token says: a strictly newer `iat`, whatever the clock does, and the file to write.
  func commitClaims(of account: String) throws(StoreProblem) {
    let now = world.now()
    try database.run(
      "UPDATE accounts SET claims_iat = max(claims_iat + 1, ?), is_unwritten = 1 WHERE id = ?", [.int(now / 1_000_000), .text(account)])
  }

  private func count(_ list: String, _ scopes: [String]) throws(StoreProblem) {
    for scope in scopes {
      try database.run(
        "INSERT INTO counts VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET rows = rows + 1", [.text(list), .text(scope)])
    }
  }
}
