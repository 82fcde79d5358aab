import JSON

@testable import LocalBackend
@testable import NATSAuth

/// Claims found in a file or on a server: those our operator signed are read as what they say, all others are not read.
extension FuzzTarget {
  private static let signer = try? KeyPair(.operator, random: Array(1...32))
  private static let account = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"

  static let claims = FuzzTarget(name: "claims") { input in
    guard let signer, let account = PublicKey(account) else { throw Broken(description: "no key") }
    let text = String(decoding: input, as: UTF8.self)
    // Nobody who has not the key signs by chance.
    try promise(StoredClaims(text, of: account.text, signedBy: signer.publicKey.text) == nil, "claims are taken that nobody signed")
    try payloadIsRead(input, account, signer)
    try claimsAreReadAgain(input, account, signer)
  }

  /// The input as the payload of a token that is signed.
  private static func payloadIsRead(_ input: [UInt8], _ account: PublicKey, _ signer: KeyPair) throws {
    let signed = Base64URL.encode(Array(Token.header.utf8)) + "." + Base64URL.encode(input)
    let token = signed + "." + Base64URL.encode(try signer.sign(Array(signed.utf8)))
    try promise(tokenPayload(token) == input, "a payload is read as another")
    let read = StoredClaims(token, of: account.text, signedBy: signer.publicKey.text)
    let plain = try? PlainJSON(input)
    let issuedAt: Int? = if case .number(let text)? = plain?.all("iat").first { Int(String(decoding: text, as: UTF8.self)) } else { nil }
    let isOurs = plain?.isText == true && issuedAt != nil && plain?.all("sub").first == .string(Array(account.text.utf16))
    try promise((read != nil) == isOurs, isOurs ? "signed claims are not read" : "claims that are none are read")
    guard let read, let nats = plain?.all("nats").first else { return }
    try promise(Int(read.issuedAt) == issuedAt, "iat is read as another")
    let keys = nats.all("signing_keys").first.map { list in if case .array(let keys) = list { keys.compactMap(\.text) } else { [String]() }
    }
    try promise(read.signingKeys == keys ?? [], "signing keys are read as others")
    for revoked in read.revocations {
      try promise(
        nats.all("revocations").first?.all(revoked.user).contains(.number(Array(String(revoked.at).utf8))) == true, "a revocation more")
    }
  }

  /// Claims with keys, names and times made of the input.
  private static func claimsAreReadAgain(_ input: [UInt8], _ account: PublicKey, _ signer: KeyPair) throws {
    let parts = input.split(separator: 0x0A).prefix(20)
    let time = parts.first?.prefix(8).reduce(Int64(0)) { $0 << 7 | Int64($1 & 127) } ?? 0
    let revocations = Dictionary(
      try parts.map { part in
        let random = Array(part.prefix(32)) + [UInt8](repeating: 7, count: 32 - min(32, part.count))
        return (try KeyPair(.user, random: random).publicKey.text, time)
      }, uniquingKeysWith: { first, _ in first })
    let claims = AccountClaims(
      account: account, name: String(decoding: input, as: UTF8.self), issuedAt: time, signingKeys: [account], revocations: revocations,
      hasJetStream: input.first == 0x61)
    let token = try claims.token(signedBy: signer)
    guard let payload = tokenPayload(token), let plain = try? PlainJSON(payload) else { throw Broken(description: "claims are no JSON") }
    try promise(claims.name.isEmpty || plain.all("name").first == .string(Array(claims.name.utf16)), "the name is another")
    let read = StoredClaims(token, of: account.text, signedBy: signer.publicKey.text)
    try promise(read?.issuedAt == time && read?.signingKeys == [account.text], "claims are not read again")
    try promise(Dictionary(uniqueKeysWithValues: read?.revocations ?? []) == revocations, "revocations are not read again")
  }
}
