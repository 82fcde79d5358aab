/// A key that can sign. Prints as its public half only.
package struct KeyPair: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package let publicKey: PublicKey
  private let secret: [UInt8]
  /// Kept: to make it from the seed costs as much as a signature.
  private let signer: Crypto.SigningKey

  /// `random` are 32 bytes from the system's generator.
  package init(_ kind: NKeyKind, random: [UInt8]) throws(CryptoError) {
    signer = try Crypto.SigningKey(seed: random)
    publicKey = PublicKey(kind, try signer.publicKey())
    secret = random
  }

  /// Of a seed's text, 58 characters that begin with `S`; nil if it is none.
  package init?(seed: String) throws(CryptoError) {
    guard seed.utf8.count == 58, let decoded = Base32.decode(seed), let content = CRC16.checked(decoded), content.count == 34,
      content[0] & 0xF8 == 0x90, content[1] & 7 == 0, let kind = NKeyKind(rawValue: (content[0] & 7) << 5 | content[1] >> 3)
    else { return nil }
    try self.init(kind, random: Array(content[2...]))
  }

  /// The seed's text: a secret. Whoever asks keeps it out of everything that prints.
  package var seed: String {
    let prefix = publicKey.kind.rawValue
    return Base32.encode(CRC16.appended(to: [0x90 | prefix >> 5, (prefix & 31) << 3] + secret))
  }

  /// 64 bytes.
  package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] { try signer.sign(message) }

  package var description: String { publicKey.text }
  package var debugDescription: String { publicKey.text }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
