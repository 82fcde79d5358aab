/// The text of a UUID in lower case, 8-4-4-4-12 hexadecimal digits. Identifies credentials and projects.
package struct UUIDText: Sendable, Hashable {
  package let text: String

  /// Nil unless the text is a UUID. Capitals are taken and lowered, as the service does.
  package init?(_ text: String) {
    var lowered: [UInt8] = []
    for byte in text.utf8 {
      switch (lowered.count, byte) {
      case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")), (23, UInt8(ascii: "-")): lowered.append(byte)
      case (8, _), (13, _), (18, _), (23, _), (36..., _): return nil
      case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")): lowered.append(byte)
      case (_, UInt8(ascii: "A")...UInt8(ascii: "F")): lowered.append(byte | 0x20)
      default: return nil
      }
    }
    guard lowered.count == 36 else { return nil }
    self.text = String(decoding: lowered, as: UTF8.self)
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
