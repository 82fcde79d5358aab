/// What an account says about one of its users.
package struct UserClaims: Sendable {
  /// Subjects a user may publish to or subscribe to; empty means all.
  package struct Permissions: Sendable {
    package var publish: [String]
    package var subscribe: [String]
    /// For so many seconds a user may answer each message it receives, once. Without `publish` it may then publish nothing else.
    package var answerSeconds: Int64?

    package init(publish: [String] = [], subscribe: [String] = [], answerSeconds: Int64? = nil) {
      self.publish = publish
      self.subscribe = subscribe
      self.answerSeconds = answerSeconds
    }
  }

  package var user: PublicKey
  package var name: String
  /// Unix seconds.
  package var issuedAt: Int64
  /// Unix seconds; nil never.
  package var expires: Int64?
  /// The account's identity: required when one of its signing keys signs.
  package var issuerAccount: PublicKey?
  package var permissions: Permissions

  package init(
    user: PublicKey, name: String, issuedAt: Int64, expires: Int64? = nil, issuerAccount: PublicKey?,
    permissions: Permissions = Permissions()
  ) {
    self.user = user
    self.name = name
    self.issuedAt = issuedAt
    self.expires = expires
    self.issuerAccount = issuerAccount
    self.permissions = permissions
  }

  /// A name for a token: the first 64 Unicode scalars, so that the CONNECT line that carries it stays below a server's 4,096 bytes.
  package static func tokenName(_ name: String) -> String {
    var short = String.UnicodeScalarView()
    short.append(contentsOf: name.unicodeScalars.prefix(64))
    return String(short)
  }

  package func token(signedBy key: KeyPair) throws(CryptoError) -> String {
    func allowed(_ subjects: [String]) -> ClaimsJSON {
      .object(subjects.isEmpty ? [] : [("allow", .array(subjects.map { .string($0) }))])
    }
    var nats: [(String, ClaimsJSON)] = [("pub", allowed(permissions.publish)), ("sub", allowed(permissions.subscribe))]
    if let seconds = permissions.answerSeconds {
      // In Go a time is in nanoseconds.
      nats.append(("resp", .object([("max", .number(1)), ("ttl", .number(seconds * 1_000_000_000))])))
    }
    nats += [("subs", .number(-1)), ("data", .number(-1)), ("payload", .number(-1))]
    if let issuerAccount { nats.append(("issuer_account", .string(issuerAccount.text))) }
    nats += [("type", .string("user")), ("version", .number(2))]
    return try Token(issuer: key.publicKey, subject: user, name: name, issuedAt: issuedAt, expires: expires, nats: nats).signed(by: key)
  }
}
