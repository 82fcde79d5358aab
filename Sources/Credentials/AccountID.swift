/// The id of a NATS account: its public key, 56 base32 characters that begin with `A` and end with a checksum. Not a UUID.
package struct AccountID: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is an account's public key with a right checksum, so that no path and no other key can pass for one.
  package init?(_ text: String) {
    let characters = Array(text.utf8)
    guard characters.count == 56, characters.first == UInt8(ascii: "A") else { return nil }
    var decoded: [UInt8] = []
    var pending: UInt32 = 0
    var bits = 0
    for character in characters {
      let value: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
      case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
      default: return nil
      }
      pending = pending << 5 | UInt32(value)
      bits += 5
      if bits >= 8 {
        bits -= 8
        decoded.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    guard decoded.count == 35, decoded[0] == 0 else { return nil }
    let checksum = UInt16(decoded[33]) | UInt16(decoded[34]) << 8
    guard checksum == Self.crc16(decoded[..<33]) else { return nil }
    self.text = text
  }

  /// CRC-16/XMODEM, as nkeys have it.
  private static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    var crc: UInt16 = 0
    for byte in bytes {
      crc ^= UInt16(byte) << 8
      for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
    }
    return crc
  }
}
