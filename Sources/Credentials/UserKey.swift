/// The public key of a NATS user: 56 base32 characters that begin with `U` and end with a checksum.
package struct UserKey: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is a user's public key with a right checksum.
  package init?(_ text: String) {
    var utf8 = text
    guard utf8.withUTF8({ isNKey(UnsafeRawBufferPointer($0), letter: UInt8(ascii: "U"), prefix: 20 << 3) }) else { return nil }
    self.text = text
  }
}
