import NATSAuth
import System

/// How an account's file in resolver/, which nats-server reads and writes too, stands to the claims that the store has committed.
enum ClaimsFile {
  case same
  case missing
  /// Empty, cut short, or of nobody that we know.
  case unreadable
  case older
  /// Signed by our operator, and not written from this store: an older copy of the store was restored.
  case newer(StoredClaims)

  /// What is wrong with it, for people; nil if nothing is.
  var difference: String? {
    switch self {
    case .same: nil
    case .missing: "is missing"
    case .unreadable: "cannot be read, is empty, truncated or not this store's"
    case .older: "is older than the store"
    case .newer: "is newer than the store: an older copy of the store was restored"
    }
  }

  /// Nil if there is no such file. A link, or one that we may not read, is as an empty one: it is mended by being replaced.
  static func bytes(_ path: String) throws(StoreProblem) -> [UInt8]? {
    do throws(StoreProblem) { return try StateDirectory.read(path) } catch {
      guard case .storage(.permissions, _) = error else { throw error }
      return []
    }
  }
}

extension OpenStore {
  /// Looks at the file. Never inside a transaction that has changed the account's claims.
  func claimsFile(of account: String) throws(StoreProblem) -> ClaimsFile {
    let path = folder.claims(of: account)
    let identity = StateDirectory.identity(of: path)
    guard identity != nil else { return .missing }
    let known = try database.first("SELECT claims_iat FROM accounts WHERE id = ?", [.text(account)]) { $0.int(0) } ?? 0
    // A file that was right is right until it or the claims change. The clock of a file system is coarse, so a young one is read.
    if let seen = seenFiles[account], seen.issuedAt == known, seen.identity == identity { return .same }
    guard let bytes = try ClaimsFile.bytes(path) else { return .missing }
    // One that was just written is compared, and no signature verified: for two seconds after a new account or key that would cost each create
    // as much as both of its own.
    if let newestToken, newestToken.account == account, newestToken.issuedAt == known, bytes == Array(newestToken.text.utf8) {
      note(account, known, identity)
      return .same
    }
    let token = String(decoding: bytes, as: UTF8.self)
    guard let found = StoredClaims(token, of: account, signedBy: operatorSigner.publicKey.text) else { return .unreadable }
    if found.issuedAt < known { return .older }
    if found.issuedAt > known { return .newer(found) }
    guard try claimsToken(account) == token else { return .newer(found) }
    note(account, known, identity)
    return .same
  }

  private func note(_ account: String, _ issuedAt: Int64, _ identity: StateDirectory.Identity?) {
    if let identity, identity.isSettled(inputs.now()) { seenFiles[account] = (issuedAt, identity) }
  }
}
