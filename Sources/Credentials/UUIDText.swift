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
    var isUUID = true
    self.text = String(unsafeUninitializedCapacity: 36) { lowered in
      for index in 0..<36 {
        let byte = text[index]
        let isDash = index == 8 || index == 13 || index == 18 || index == 23
        // Of the letters this is the small one; digits have the bit, and stay.
        let small = byte | 0x20
        isUUID = isUUID && (isDash ? byte == UInt8(ascii: "-") : isHexDigit(small) && byte >= UInt8(ascii: "0"))
        lowered[index] = small
      }
      return isUUID ? 36 : 0
    }
    guard isUUID else { return nil }
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

private func isHexDigit(_ byte: UInt8) -> Bool {
  UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
}

package typealias CredentialID = UUIDText
package typealias ProjectID = UUIDText
