/// The id of a NATS account: its public key, 56 base32 characters that begin with `A` and end with a checksum. Not a UUID.
package struct AccountID: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is an account's public key with a right checksum, so that no path and no other key can pass for one.
  package init?(_ text: String) {
    var utf8 = text
    guard utf8.withUTF8({ AccountID.isOne(UnsafeRawBufferPointer($0)) }) else { return nil }
    self.text = text
  }

  /// Whether UTF-8 is such a text, for whoever only checks it where it stands.
  package static func isOne(_ utf8: UnsafeRawBufferPointer) -> Bool { isNKey(utf8, letter: UInt8(ascii: "A"), prefix: 0) }
}
