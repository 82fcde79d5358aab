/// The text of a UUID in lower case, 8-4-4-4-12 hexadecimal digits. Identifies credentials and projects.
package struct UUIDText: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is a UUID. Capitals are taken and lowered, as the service does.
  package init?(_ text: String) {
    var text = text
    guard let read = text.withUTF8({ UUIDText(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = read
  }

  /// The same of UTF-8, such as a column of a store.
  package init?(utf8 text: UnsafeRawBufferPointer) {
    guard text.count == 36 else { return nil }
    // Eight bytes at a time, the last of them over four of those before: a page has three such texts a row, and byte by byte each costs 900
    // instructions. The first byte is a word's lowest.
    func word(at place: Int) -> UInt64 { UInt64(littleEndian: text.loadUnaligned(fromByteOffset: place, as: UInt64.self)) }
    let isUUID =
      Self.areDigits(word(at: 0)) && Self.areDigits(word(at: 8), dashes: 0x0000_FF00_0000_00FF)
      && Self.areDigits(word(at: 16), dashes: 0xFF00_0000_00FF_0000) && Self.areDigits(word(at: 24)) && Self.areDigits(word(at: 28))
    guard isUUID else { return nil }
    self.text = String(unsafeUninitializedCapacity: 36) { lowered in
      let lowered = UnsafeMutableRawBufferPointer(lowered)
      func lower(at place: Int) {
        // Of letters this is the small one; digits and dashes have the bit, and stay.
        lowered.storeBytes(of: (word(at: place) | 0x2020_2020_2020_2020).littleEndian, toByteOffset: place, as: UInt64.self)
      }
      lower(at: 0)
      lower(at: 8)
      lower(at: 16)
      lower(at: 24)
      lower(at: 28)
      return 36
    }
  }

  /// Whether eight bytes are hexadecimal digits, but for those that are all ones in `dashes`, which must be dashes.
  private static func areDigits(_ word: UInt64, dashes: UInt64 = 0) -> Bool {
    let (ones, high) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    guard word & high == 0, word & dashes == ones &* 0x2D & dashes else { return false }
    // A byte's high bit says that the byte is at least so much: below 0x80 no sum reaches the next byte.
    func atLeast(_ least: UInt64, _ word: UInt64) -> UInt64 { word &+ ones &* (0x80 - least) }
    let lowered = word | ones &* 0x20
    let isDigit = atLeast(0x30, word) & ~atLeast(0x3A, word)
    let isLetter = atLeast(0x61, lowered) & ~atLeast(0x67, lowered)
    return (isDigit | isLetter | dashes) & high == high
  }

  /// A random UUID (version 4) of 16 random bytes.
  package init(random bytes: [UInt8]) {
    precondition(bytes.count == 16)
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      let marked = index == 6 ? byte & 0x0F | 0x40 : index == 8 ? byte & 0x3F | 0x80 : byte
      text += [digits[Int(marked >> 4)], digits[Int(marked & 0xF)]]
    }
    self.text = String(decoding: text, as: UTF8.self)
  }
}

package typealias CredentialID = UUIDText
package typealias ProjectID = UUIDText
