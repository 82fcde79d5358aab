/// Writes JSON as bytes: no spaces, `\uXXXX` for everything that is not printable ASCII, so that no reader can cut, decode or
/// normalise it wrongly. The caller writes members in order; the writer sets the commas.
package struct JSONWriter: Sendable {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}

  /// Makes room for so many bytes at once: what grows as it is written is copied again and again, and ends in up to twice the room.
  package mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// The name of the next member; a value must follow.
  package mutating func name(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func string(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars { append(scalar) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  package mutating func int(_ number: Int) { raw(String(number).utf8) }
  package mutating func bool(_ flag: Bool) { raw((flag ? "true" : "false").utf8) }
  package mutating func null() { raw("null".utf8) }

  /// Splices a value whose bytes are known.
  package mutating func text(_ text: JSONText) { raw(text.bytes) }

  /// The same into pieces that make one text with what is in `bytes` at the end: a long value is a piece of its own and not copied.
  package mutating func text(_ text: JSONText, cuttingInto pieces: inout [[UInt8]]) {
    guard text.isLong else { return self.text(text) }
    separate()
    pieces += [bytes, text.bytes]
    (bytes, needsComma) = ([], true)
  }

  package mutating func member(_ name: String, _ text: String) {
    self.name(name)
    string(text)
  }

  package mutating func member(_ name: String, _ text: JSONText) {
    self.name(name)
    self.text(text)
  }

  package mutating func member(_ name: String, _ number: Int) {
    self.name(name)
    int(number)
  }

  /// A member as it came.
  package mutating func splice(_ member: JSONMembers.Member) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    member.rawName.withUnsafeBytes { appendWireBytes(ofString: $0, to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    member.value.withBytes { appendWireBytes(ofValid: $0, to: &bytes) }
    needsComma = true
  }

  package mutating func write(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .number(let text): raw(text.utf8)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { write(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        name(member.name)
        write(member.value)
      }
      endObject()
    }
  }

  private mutating func raw(_ content: some Sequence<UInt8>) {
    separate()
    bytes.append(contentsOf: content)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar.value {
    case 0x22, 0x5C: bytes += [UInt8(ascii: "\\"), UInt8(scalar.value)]
    case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
    case 0x0A: bytes += Array(#"\n"#.utf8)
    case 0x0D: bytes += Array(#"\r"#.utf8)
    case 0x09: bytes += Array(#"\t"#.utf8)
    default: for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { appendJSONEscape(of: unit, to: &bytes) }
    }
  }
}

/// `\uXXXX` of one UTF-16 unit, in lower-case hex.
func appendJSONEscape(of unit: UInt16, to bytes: inout [UInt8]) {
  let digits: StaticString = "0123456789abcdef"
  bytes.append(UInt8(ascii: "\\"))
  bytes.append(UInt8(ascii: "u"))
  for shift in [12, 8, 4, 0] as [UInt16] {
    bytes.append(digits.utf8Start[Int((unit >> shift) & 0xF)])
  }
}
