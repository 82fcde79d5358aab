/// The text of a UUID in lower case, 8-4-4-4-12 hexadecimal digits. Identifies credentials and projects.
package struct UUIDText: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is a UUID. Capitals are taken and lowered, as the service does.
  package init?(_ text: String) {
    var text = text
    guard let read = text.withUTF8({ UUIDText(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = read
  }

  /// The same of UTF-8, such as a column of a store. Nil also for capitals, if only small letters are wanted.
  package init?(utf8 text: UnsafeRawBufferPointer, onlySmall: Bool = false) {
    guard text.count == 36 else { return nil }
    // Eight bytes at a time, the last of them over four of those before: a page has three such texts a row, and byte by byte each costs 900
    // instructions. The first byte is a word's lowest.
    func word(at place: Int) -> UInt64 { HexWord.word(text, at: place) }
    let isUUID =
      HexWord.isOne(word(at: 0)) && HexWord.isOne(word(at: 8), dashes: 0x0000_FF00_0000_00FF)
      && HexWord.isOne(word(at: 16), dashes: 0xFF00_0000_00FF_0000) && HexWord.isOne(word(at: 24)) && HexWord.isOne(word(at: 28))
    guard isUUID, !onlySmall || ![0, 8, 16, 24, 28].contains(where: { HexWord.hasCapitals(word(at: $0)) }) else { return nil }
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
