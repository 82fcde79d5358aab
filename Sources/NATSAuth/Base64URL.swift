/// RFC 4648 base64url without padding, as tokens have it.
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// By character; 255 for what is none. A token may have a million characters.
  private static let values = alphabet.enumerated().reduce(into: [UInt8](repeating: 255, count: 256)) {
    $0[Int($1.element)] = UInt8($1.offset)
  }

  static func encode(_ bytes: [UInt8]) -> String {
    let alphabet = alphabet
    return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
      var end = 0
      for start in stride(from: 0, to: bytes.count, by: 3) {
        let (second, third) = (start + 1 < bytes.count ? bytes[start + 1] : 0, start + 2 < bytes.count ? bytes[start + 2] : 0)
        let three = Int(bytes[start]) << 16 | Int(second) << 8 | Int(third)
        text[end] = alphabet[three >> 18]
        text[end + 1] = alphabet[three >> 12 & 63]
        text[end + 2] = alphabet[three >> 6 & 63]
        text[end + 3] = alphabet[three & 63]
        end += 4
      }
      // Without what the bytes that are not there would add.
      return (bytes.count * 4 + 2) / 3
    }
  }

  /// Nil for what is not the one way to write its bytes.
  static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
    var bytes: [UInt8] = []
    var pending: UInt32 = 0
    var bits = 0
    for character in text {
      let value = values[Int(character)]
      guard value < 64 else { return nil }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    let isCanonical = bits < 6 && pending & (1 << UInt32(bits) - 1) == 0
    return isCanonical ? bytes : nil
  }
}
