/// CRC-16/XMODEM, stored little endian after what it covers.
enum CRC16 {
  static func appended(to bytes: [UInt8]) -> [UInt8] {
    let crc = crc(of: bytes[...])
    return bytes + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
  }

  /// What the checksum covers; nil if it is wrong.
  static func checked(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    guard bytes.count > 2, appended(to: Array(bytes.dropLast(2))) == bytes else { return nil }
    return bytes.dropLast(2)
  }

  private static func crc(of bytes: ArraySlice<UInt8>) -> UInt16 {
    bytes.reduce(0) { crc, byte in
      (0..<8).reduce(crc ^ UInt16(byte) << 8) { crc, _ in crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
    }
  }
}
