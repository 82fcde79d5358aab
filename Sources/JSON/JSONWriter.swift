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
    var text = text
    text.withUTF8 { content(ofString: UnsafeRawBufferPointer($0)) }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  /// What is JSON as it stands, commas included, such as all that is always the same between two values of a row: the caller sees to it that
  /// the whole is valid. 16 appends a row instead of 50.
  package mutating func literal(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    needsComma = true
  }

  /// What stands between the quotes of a string: `text` is UTF-8, and what is none in it becomes U+FFFD.
  package mutating func content(ofString text: UnsafeRawBufferPointer) {
    if isPlainJSONText(text) { return bytes.append(contentsOf: text) }
    guard let end = text.firstIndex(of: 0x0A) else { return scalars(text) }
    // A .creds text is plain but for its line ends: line by line it takes a fifth of the 60,000 instructions.
    var (line, rest) = (text[..<end], text[(end + 1)...])
    while true {
      let part = UnsafeRawBufferPointer(rebasing: line)
      if isPlainJSONText(part) { bytes.append(contentsOf: part) } else { scalars(part) }
      // The last line has no end.
      if line.endIndex == text.endIndex { return }
      bytes.append(UInt8(ascii: "\\"))
      bytes.append(UInt8(ascii: "n"))
      let end = rest.firstIndex(of: 0x0A) ?? text.endIndex
      (line, rest) = (rest[..<end], text[min(end + 1, text.endIndex)...])
    }
  }

  private mutating func scalars(_ text: UnsafeRawBufferPointer) {
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars { append(scalar) }
  }

  package mutating func int(_ number: Int) { raw(String(number).utf8) }
  package mutating func bool(_ flag: Bool) { raw((flag ? "true" : "false").utf8) }
  package mutating func null() { raw("null".utf8) }

  /// Splices one or more values whose bytes are known, with commas between.
  package mutating func values(_ values: ArraySlice<UInt8>) { raw(values) }

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

/// Whether a text goes between quotes as it is: printable ASCII without `"` and `\`. Eight bytes at a time, which takes a tenth of the time of
/// one by one: in each byte of a word the top bit is set where a byte is not plain. A borrow goes only up, so the lowest such byte is exact.
package func isPlainJSONText(_ text: UnsafeRawBufferPointer) -> Bool {
  guard text.count >= 8 else { return text.allSatisfy { 0x20..<0x7F ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") } }
  func isPlainWord(at offset: Int) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let quotes = word ^ (ones &* 0x22)
    let backslashes = word ^ (ones &* 0x5C)
    let isNone = (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | (word &- ones &* 0x20) & ~word | word | (word &+ ones)
    return isNone & tops == 0
  }
  var offset = 0
  while offset + 8 <= text.count {
    guard isPlainWord(at: offset) else { return false }
    offset += 8
  }
  // The last bytes once more with some before them.
  return isPlainWord(at: text.count - 8)
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
