/// What an operator says about an account: its limits, the keys that may sign its users, and which users are revoked.
package struct AccountClaims: Sendable {
  package var account: PublicKey
  package var name: String
  /// Unix seconds. A server takes the claims with the greater one: it must grow strictly.
  package var issuedAt: Int64
  package var signingKeys: [PublicKey]
  /// User key to Unix seconds: tokens issued up to and including that second are dead.
  package var revocations: [String: Int64]
  /// Whether JetStream may be used, without limits. Never for the system account: a server refuses to start.
  package var hasJetStream: Bool
  /// A closed account lets nobody in.
  package var isClosed: Bool

  package init(
    account: PublicKey, name: String, issuedAt: Int64, signingKeys: [PublicKey], revocations: [String: Int64] = [:], hasJetStream: Bool,
    isClosed: Bool = false
  ) {
    self.account = account
    self.name = name
    self.issuedAt = issuedAt
    self.signingKeys = signingKeys
    self.revocations = revocations
    self.hasJetStream = hasJetStream
    self.isClosed = isClosed
  }

  /// Signed by the operator's identity or one of its signing keys.
  package func token(signedBy key: KeyPair) throws(CryptoError) -> String {
    let unlimited = ClaimsJSON.number(-1)
    // An omitted number is 0 to the server, not unlimited.
    var limits: [(String, ClaimsJSON)] = [
      ("subs", unlimited), ("data", unlimited), ("payload", unlimited), ("imports", unlimited), ("exports", unlimited),
      ("wildcards", .bool(true)), ("conn", isClosed ? .number(0) : unlimited), ("leaf", isClosed ? .number(0) : unlimited),
    ]
    if hasJetStream {
      limits += [("mem_storage", unlimited), ("disk_storage", unlimited), ("streams", unlimited), ("consumer", unlimited)]
    }
    var nats: [(String, ClaimsJSON)] = [("limits", .object(limits))]
    if !signingKeys.isEmpty { nats.append(("signing_keys", .array(signingKeys.sorted().map { .string($0.text) }))) }
    if !revocations.isEmpty {
      nats.append(("revocations", .object(revocations.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })))
    }
    nats += [
      ("default_permissions", .object([("pub", .object([])), ("sub", .object([]))])), ("authorization", .object([])),
      ("type", .string("account")), ("version", .number(2)),
    ]
    return try Token(issuer: key.publicKey, subject: account, name: name, issuedAt: issuedAt, expires: nil, nats: nats).signed(by: key)
  }
}
