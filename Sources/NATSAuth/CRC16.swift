/// CRC-16/XMODEM, stored little endian after what it covers.
enum CRC16 {
  /// By byte: what it makes of a checksum of 0.
  private static let table = (0..<256).map { byte in
    (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
  }

  static func appended(to bytes: [UInt8]) -> [UInt8] {
    let crc = crc(of: bytes[...])
    return bytes + [UInt8(truncatingIfNeeded: crc), UInt8(crc >> 8)]
  }

  /// What the checksum covers; nil if it is wrong.
  static func checked(_ bytes: [UInt8]) -> ArraySlice<UInt8>? {
    let content = bytes.dropLast(2)
    guard !content.isEmpty else { return nil }
    let crc = crc(of: content)
    return bytes[content.endIndex] == UInt8(truncatingIfNeeded: crc) && bytes[content.endIndex + 1] == UInt8(crc >> 8) ? content : nil
  }

  private static func crc(of bytes: ArraySlice<UInt8>) -> UInt16 {
    let table = table
    return bytes.reduce(0) { crc, byte in crc << 8 ^ table[Int(UInt8(crc >> 8) ^ byte)] }
  }
}
