/// The id of a NATS account: its public key, 56 base32 characters that begin with `A` and end with a checksum. Not a UUID.
package struct AccountID: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is an account's public key with a right checksum, so that no path and no other key can pass for one.
  package init?(_ text: String) {
    guard isNKey(text, letter: UInt8(ascii: "A"), prefix: 0) else { return nil }
    self.text = text
  }
}
