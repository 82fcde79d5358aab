/// Whether a text is a public NKey: base32 of a prefix byte, 32 bytes and their checksum. `NATSAuth` reads keys in order to use them; here
/// only their form counts, and nothing of cryptography is needed.
func isNKey(_ text: UnsafeRawBufferPointer, letter: UInt8, prefix: UInt8) -> Bool {
  guard text.count == 56, text[0] == letter else { return false }
  var crc: UInt16 = 0
  var decoded = 0
  var (pending, bits) = (0 as UInt32, 0 as UInt32)
  for character in text {
    let value: UInt8
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character &- UInt8(ascii: "A")
    case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character &- UInt8(ascii: "2") &+ 26
    default: return false
    }
    pending = pending &<< 5 | UInt32(value)
    bits &+= 5
    guard bits >= 8 else { continue }
    bits &-= 8
    let byte = UInt8(truncatingIfNeeded: pending &>> bits)
    if decoded == 0, byte != prefix { return false }
    // The checksum stands with its lower byte first; as one number it meets the computed one when all is read.
    switch decoded {
    case 33: crc ^= UInt16(byte)
    case 34: crc ^= UInt16(byte) &<< 8
    default: crc = crc16(crc, byte)
    }
    decoded &+= 1
  }
  return crc == 0
}

/// One more byte of CRC-16/XMODEM, as nkeys have it; all eight bits at once.
private func crc16(_ crc: UInt16, _ byte: UInt8) -> UInt16 {
  var mixed = crc &>> 8 ^ UInt16(byte)
  mixed ^= mixed &>> 4
  return crc &<< 8 ^ mixed &<< 12 ^ mixed &<< 5 ^ mixed
}
