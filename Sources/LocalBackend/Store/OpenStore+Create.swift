import Credentials
import JSON
import NATSAuth
import NATSClient
import System

extension OpenStore {
  /// Inside a transaction: the account, its identity and its first signing key.
  func createAccount(_ draft: AccountDraft) throws(StoreProblem) -> Account {
    let identity = try newKey(.account)
    let now = inputs.now()
    let project = draft.projectID?.text ?? AccountRow.ownProject
    try database.run(
      "INSERT INTO accounts (id, name, project_id, seed, created_at, updated_at, claims_iat) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [
        .text(identity.publicKey.text), .text(draft.name), .text(project), .text(identity.seed), .int(now), .int(now), .int(0),
      ])
    _ = try addSigningKey(to: identity.publicKey.text, generation: 1)
    try commitClaims(of: identity.publicKey.text)
    try count("accounts", ["", project])
    guard let account = try account(identity.publicKey.text) else { throw .storage(.damaged, "a new account is not there") }
    return account
  }

  /// Inside a transaction: the record of a credential, and the secret that only the caller will ever hold.
  func createCredential(_ draft: CredentialDraft) throws(StoreProblem) -> IssuedCredential {
    let accountID = try accountForCreate(draft.accountID)
    let account = try database.first("SELECT project_id, closing_iat IS NULL FROM accounts WHERE id = ?", [.text(accountID)]) {
      (project: $0.text(0), isOpen: $0.int(1) == 1)
    }
    guard let account, let identity = PublicKey(accountID) else { throw .refused(.notFound("account", accountID)) }
    let project = account.project
    guard account.isOpen else { throw .refused(CredentialsError(.conflict, "the account is being deleted")) }
    // Before the claims can change: what is made for an account whose file is lost would not work.
    try mendFile(of: accountID)
    try refuseTooManyRevocations(in: accountID)
    let replaced = try credentialToReplace(draft, in: accountID)
    let signer = try signingKey(of: accountID)
    let user = try newKey(.user)
    guard let random = inputs.random(16) else { throw .storage(.io, "the system gives no random numbers") }
    let id = CredentialID(random: random)
    let now = try unusedTime(from: inputs.now())
    let issuedAt = max(now / 1_000_000, try revokedUpTo(accountID) + 1)
    let content: String
    let checksum: String
    do throws(CryptoError) {
      let token = try UserClaims(
        user: user.publicKey, name: UserClaims.tokenName(draft.name), issuedAt: issuedAt, issuerAccount: identity
      ).token(signedBy: signer)
      content = CredsText.make(token: token, seed: user.seed)
      checksum = try credsChecksum(content)
    } catch { throw StoreProblem(error) }
    try database.run(
      """
      INSERT INTO credentials (number, id, account_id, name, created_at, checksum, project_id, user_key, signing_key, iat, version)
      VALUES (?1, ?2, ?3, ?4, ?1, ?5, ?6, ?7, ?8, ?9, ?10)
      """,
      [
        .int(now), .text(id.text), .text(accountID), .text(draft.name), .text(checksum), .text(project), .text(user.publicKey.text),
        .text(signer.publicKey.text), .int(issuedAt), .int(Schema.version),
      ])
    try database.run("UPDATE signing_keys SET issued = issued + 1, alive = alive + 1 WHERE public_key = ?", [.text(signer.publicKey.text)])
    try count("credentials", ["", accountID, project])
    guard let credential = try credential(id) else { throw .storage(.damaged, "a new credential is not there") }
    return IssuedCredential(
      credential: credential, fileName: CredentialRow.fileName(for: draft.name), content: Secret(content), checksum: checksum,
      endpoint: endpoint.url, replaced: replaced)
  }

  /// The first microsecond in which no credential was made: its number in the order of creation.
  private func unusedTime(from now: Int64) throws(StoreProblem) -> Int64 {
    guard try database.first("SELECT 1 FROM credentials WHERE number = ?", [.int(now)], { _ in true }) != nil else { return now }
    // The clock stands still, or was put back to a time in which many were made.
    let end = try database.first(
      """
      SELECT number + 1 FROM credentials AS c WHERE number >= ? AND NOT EXISTS (SELECT 1 FROM credentials WHERE number = c.number + 1)
      ORDER BY number LIMIT 1
      """, [.int(now)]
    ) { $0.int(0) }
    return end ?? now
  }

  /// The second up to which every credential of the account is revoked; 0 if none is by its age.
  func revokedUpTo(_ account: String) throws(StoreProblem) -> Int64 {
    try database.first("SELECT revoked_at FROM revocations WHERE account_id = ? AND user_key = '*'", [.text(account)]) { $0.int(0) } ?? 0
  }

  private func accountForCreate(_ asked: AccountID?) throws(StoreProblem) -> String {
    if let asked { return asked.text }
    var ids: [String] = []
    try database.run("SELECT id FROM accounts WHERE closing_iat IS NULL LIMIT 2") { ids.append($0.text(0)) }
    switch ids.count {
    case 0: return try createAccount(AccountDraft(name: "default")).id.text
    case 1: return ids[0]
    default:
      throw .refused(
        .invalidParameter(
          "nats_account_id", "is needed here: there are several accounts; accounts.list shows them", expected: "an account id"))
    }
  }

  /// What the draft's `ifExists` says of the credentials that have its name; the one to delete afterwards, if it is to replace one.
  private func credentialToReplace(_ draft: CredentialDraft, in account: String) throws(StoreProblem) -> CredentialID? {
    if draft.ifExists == .allow { return nil }
    var ids: [String] = []
    try database.run(
      "SELECT id FROM credentials WHERE account_id = ? AND name = ? AND state = 'active' LIMIT 100", [.text(account), .text(draft.name)]
    ) { ids.append($0.text(0)) }
    let details = [JSONMember("candidates", .array(ids.map { .string($0) }))]
    switch (draft.ifExists, ids.count) {
    case (_, 0), (.allow, _): return nil
    case (.replace, 1): return CredentialID(ids[0])
    case (.fail, _): throw .refused(CredentialsError(.alreadyExists, "the account has a credential of this name", details: details))
    case (.replace, _):
      throw .refused(CredentialsError(.conflict, "several credentials of the account have this name; delete all but one", details: details))
    }
  }

  /// Every revocation must fit the claims, so new credentials are refused long before deleting could be.
  private func refuseTooManyRevocations(in account: String) throws(StoreProblem) {
    let count = try database.first("SELECT count(*) FROM revocations WHERE account_id = ?", [.text(account)]) { $0.int(0) } ?? 0
    guard count < Schema.mostRevocations else {
      throw .refused(
        CredentialsError(
          .quotaExceeded,
          "the account's claims hold \(count) revocations and accept no more credentials: use another account, or delete the oldest credentials"
        ))
    }
  }

  /// The newest key that has not served its share, or a new generation, which the account's claims must name before a server trusts it.
  private func signingKey(of account: String) throws(StoreProblem) -> KeyPair {
    let newest = try database.first(
      "SELECT seed, issued, generation FROM signing_keys WHERE account_id = ? ORDER BY generation DESC LIMIT 1", [.text(account)]
    ) { ($0.text(0), $0.int(1), $0.int(2)) }
    if let newest, newest.1 < Schema.credentialsPerKey {
      if let newestSigner, newestSigner.seed == newest.0 { return newestSigner.key }
      let key = try Self.key(newest.0)
      newestSigner = (newest.0, key)
      return key
    }
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

  /// Keeps the counters of the lists a row belongs to.
  func count(_ list: String, _ scopes: [String], by change: Int64 = 1) throws(StoreProblem) {
    for scope in scopes {
      try database.run(
        "INSERT INTO counts (list, scope, rows) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
        [.text(list), .text(scope), .int(change)])
    }
  }
}
