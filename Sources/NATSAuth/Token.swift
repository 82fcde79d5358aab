/// A JWT, version 2 of NATS: who says what about whom. `nats` is the part that depends on the kind.
struct Token {
  let issuer: PublicKey
  let subject: PublicKey
  let name: String
  /// Unix seconds.
  let issuedAt: Int64
  /// Unix seconds; nil never.
  let expires: Int64?
  let nats: [(String, ClaimsJSON)]

  static let header = #"{"typ":"JWT","alg":"ed25519-nkey"}"#

  /// The registered claims in Go's order, empty ones left out; `jti` covers these only.
  private func registered(id: String?) -> [(String, ClaimsJSON)] {
    var members: [(String, ClaimsJSON)] = []
    if let expires { members.append(("exp", .number(expires))) }
    if let id { members.append(("jti", .string(id))) }
    members.append(("iat", .number(issuedAt)))
    members.append(("iss", .string(issuer.text)))
    if !name.isEmpty { members.append(("name", .string(name))) }
    members.append(("sub", .string(subject.text)))
    return members
  }

  /// The token's text, signed by the key that is its issuer.
  func signed(by key: KeyPair) throws(CryptoError) -> String {
    let id = Base32.encode(try Crypto.sha512Slash256(ClaimsJSON.object(registered(id: nil)).bytes))
    let payload = ClaimsJSON.object(registered(id: id) + [("nats", .object(nats))]).bytes
    let signed = Base64URL.encode(Array(Self.header.utf8)) + "." + Base64URL.encode(payload)
    return signed + "." + Base64URL.encode(try key.sign(Array(signed.utf8)))
  }

  /// Whether the text is a token of version 2 that this key signed.
  static func isSigned(_ text: String, by key: PublicKey) throws(CryptoError) -> Bool {
    let parts = tokenParts(text)
    guard parts.count == 3, parts[0].elementsEqual(Base64URL.encode(Array(header.utf8)).utf8), let signature = Base64URL.decode(parts[2])
    else { return false }
    return try key.verifies(signature, of: Array(text.utf8[..<parts[1].endIndex]))
  }
}

/// Whether the text is a NATS JWT of version 2 that this key signed.
package func isToken(_ text: String, signedBy key: PublicKey) throws(CryptoError) -> Bool { try Token.isSigned(text, by: key) }

/// What a token says, unverified: its payload's JSON; nil if the text has no form of a token.
package func tokenPayload(_ text: String) -> [UInt8]? {
  let parts = tokenParts(text)
  return parts.count == 3 ? Base64URL.decode(parts[1]) : nil
}

/// By bytes: a token may have a million of them, and as characters they would cost a hundred times more.
private func tokenParts(_ text: String) -> [Substring.UTF8View] {
  text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
}

/// How tokens and signatures go on the wire: base64url without padding.
package func base64URL(_ bytes: [UInt8]) -> String { Base64URL.encode(bytes) }
