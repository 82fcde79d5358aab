/// What an operator says about itself. A server trusts what its keys sign.
package struct OperatorClaims: Sendable {
  package var name: String
  /// Unix seconds.
  package var issuedAt: Int64
  package var signingKeys: [PublicKey]
  package var systemAccount: PublicKey?

  package init(name: String, issuedAt: Int64, signingKeys: [PublicKey], systemAccount: PublicKey?) {
    self.name = name
    self.issuedAt = issuedAt
    self.signingKeys = signingKeys
    self.systemAccount = systemAccount
  }

  /// Self-signed by the operator's identity key.
  package func token(signedBy identity: KeyPair) throws(CryptoError) -> String {
    var nats: [(String, ClaimsJSON)] = []
    if !signingKeys.isEmpty { nats.append(("signing_keys", .array(signingKeys.sorted().map { .string($0.text) }))) }
    if let systemAccount { nats.append(("system_account", .string(systemAccount.text))) }
    nats += [("type", .string("operator")), ("version", .number(2))]
    return try Token(
      issuer: identity.publicKey, subject: identity.publicKey, name: name, issuedAt: issuedAt, expires: nil, nats: nats
    ).signed(by: identity)
  }
}
