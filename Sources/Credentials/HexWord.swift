/// Hexadecimal digits of a text, eight bytes at a time: the first is the word's lowest.
package enum HexWord {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let high: UInt64 = 0x8080_8080_8080_8080

  static func word(_ text: UnsafeRawBufferPointer, at place: Int) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  /// Whether all are digits, small or capital, but for those whose bits are all set in `dashes`, which must be dashes.
  static func isOne(_ word: UInt64, dashes: UInt64 = 0) -> Bool {
    guard word & high == 0, word & dashes == (ones &* 0x2D) & dashes else { return false }
    // A byte's high bit says that the byte is at least so much: below 0x80 no sum reaches the next byte.
    func atLeast(_ least: UInt64, _ word: UInt64) -> UInt64 { word &+ ones &* (0x80 - least) }
    let small = word | ones &* 0x20
    let isDigit = atLeast(0x30, word) & ~atLeast(0x3A, word)
    let isLetter = atLeast(0x61, small) & ~atLeast(0x67, small)
    return (isDigit | isLetter | dashes) & high == high
  }

  /// Whether one of them is a capital, where all are digits and dashes.
  static func hasCapitals(_ word: UInt64) -> Bool { word & ~(word << 1) & (ones &* 0x40) != 0 }

  /// Whether a text is 40 digits, none of them a capital, as the sums of SHA-1 are written.
  package static func isSHA1(_ text: UnsafeRawBufferPointer) -> Bool {
    text.count == 40
      && stride(from: 0, to: 40, by: 8).allSatisfy { place in
        let word = word(text, at: place)
        return isOne(word) && !hasCapitals(word)
      }
  }
}
