/// A public nkey: 56 characters of prefix, 32 key bytes and a checksum.
package struct PublicKey: Sendable, Hashable, Comparable {
  package let kind: NKeyKind
  package let text: String
  let bytes: [UInt8]

  init(_ kind: NKeyKind, _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
    text = Base32.encode(CRC16.appended(to: [kind.rawValue] + bytes))
  }

  /// Nil for anything but a key of a known kind with its checksum.
  package init?(_ text: String) {
    guard text.utf8.count == 56, let decoded = Base32.decode(text), let content = CRC16.checked(decoded), content.count == 33,
      let kind = NKeyKind(rawValue: content[0])
    else { return nil }
    self.kind = kind
    bytes = Array(content.dropFirst())
    // A key has one text, and this is it.
    self.text = text
  }

  /// Whether this key made the signature.
  package func verifies(_ signature: [UInt8], of message: [UInt8]) throws(CryptoError) -> Bool {
    try Crypto.verifies(signature, of: message, publicKey: bytes)
  }

  package static func < (one: PublicKey, other: PublicKey) -> Bool { one.text < other.text }
}
