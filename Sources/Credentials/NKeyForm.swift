/// Whether a text is a public NKey: base32 of a prefix byte, 32 bytes and their checksum. `NATSAuth` reads keys in order to use them; here
/// only their form counts, and nothing of cryptography is needed.
func isNKey(_ text: String, letter: UInt8, prefix: UInt8) -> Bool {
  let characters = Array(text.utf8)
  guard characters.count == 56, characters.first == letter else { return false }
  var decoded: [UInt8] = []
  var pending: UInt32 = 0
  var bits = 0
  for character in characters {
    let value: UInt8
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
    default: return false
    }
    pending = pending << 5 | UInt32(value)
    bits += 5
    if bits >= 8 {
      bits -= 8
      decoded.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
    }
  }
  guard decoded.count == 35, decoded[0] == prefix else { return false }
  return UInt16(decoded[33]) | UInt16(decoded[34]) << 8 == crc16(decoded[..<33])
}

/// CRC-16/XMODEM, as nkeys have it.
private func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
  var crc: UInt16 = 0
  for byte in bytes {
    crc ^= UInt16(byte) << 8
    for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
  }
  return crc
}
