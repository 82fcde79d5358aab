/// A value inside a text that was checked already: bytes and a range, decoded only when somebody asks. Numbers stay text.
package struct JSONSlice: Sendable {
  private let storage: [UInt8]
  private let range: Range<Int>

  /// `storage[range]` must be one valid JSON value with nothing around it.
  package init(validated storage: [UInt8], _ range: Range<Int>) {
    self.storage = storage
    self.range = range
  }

  /// A copy of the bytes.
  package init(validated bytes: UnsafeRawBufferPointer) {
    storage = Array(bytes)
    range = 0..<bytes.count
  }

  /// Nil unless the text is one JSON value, white space around it allowed.
  package init?(parsing bytes: [UInt8]) {
    let found = bytes.withUnsafeBytes { buffer -> Range<Int>? in
      var scanner = JSONScanner(buffer)
      do {
        let range = try scanner.value()
        return scanner.peek() == nil && !scanner.sawLoneSurrogate ? range : nil
      } catch {
        return nil
      }
    }
    guard let found else { return nil }
    self.init(validated: bytes, found)
  }

  package enum Kind: String { case null, boolean, number, string, array, object }

  package var kind: Kind {
    switch storage[range.lowerBound] {
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "{"): .object
    default: .number
    }
  }

  package var byteCount: Int { range.count }

  /// The value's own bytes, as they came.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  package var bool: Bool? { kind == .boolean ? storage[range.lowerBound] == UInt8(ascii: "t") : nil }

  /// The number's own text.
  package var numberText: String? { kind == .number ? String(decoding: storage[range], as: UTF8.self) : nil }

  /// An integer by JSON Schema's meaning: 1, and 1.0 and 1e0 too.
  package var int: Int? {
    guard let text = numberText else { return nil }
    if let whole = Int(text) { return whole }
    guard let number = Double(text), number.magnitude < 9_007_199_254_740_992, number.rounded() == number else { return nil }
    return Int(number)
  }

  /// The decoded text of a string. A lone surrogate becomes U+FFFD; whoever minds refuses it when the text is scanned.
  package var string: String? {
    guard kind == .string else { return nil }
    return decodeJSONString(storage[range.lowerBound + 1..<range.upperBound - 1])
  }

  /// What the text of a string gives `read`, as UTF-8; nil of every other value. A string without escapes is not copied.
  package func withText<Result>(_ read: (UnsafeRawBufferPointer) -> Result?) -> Result? {
    guard kind == .string else { return nil }
    let content = range.lowerBound + 1..<range.upperBound - 1
    guard storage[content].contains(UInt8(ascii: "\\")) else {
      return storage.withUnsafeBytes { read(UnsafeRawBufferPointer(rebasing: $0[content])) }
    }
    var text = decodeJSONString(storage[content])
    return text.withUTF8 { read(UnsafeRawBufferPointer($0)) }
  }

  /// The members of an object in their order, duplicates too; empty for every other value.
  package var members: [(name: String, value: JSONSlice)] {
    memberPlaces.map { (decodeJSONString(storage[shifted($0.name)]), JSONSlice(validated: storage, shifted($0.value))) }
  }

  /// The same with their names as they came.
  var rawMembers: [JSONMembers.Member] {
    memberPlaces.map {
      JSONMembers.Member(rawName: Array(storage[shifted($0.name)]), value: JSONSlice(validated: storage, shifted($0.value)))
    }
  }

  private var memberPlaces: [Found] {
    guard kind == .object else { return [] }
    return walk { scanner, found in
      scanner.index += 1
      guard !scanner.takeIf(UInt8(ascii: "}")) else { return }
      repeat {
        let name = try scanner.string()
        try scanner.take(UInt8(ascii: ":"))
        found.append((name, try scanner.value()))
      } while scanner.takeIf(UInt8(ascii: ","))
    }
  }

  /// The elements of an array; empty for every other value.
  package var elements: [JSONSlice] {
    guard kind == .array else { return [] }
    return walk { scanner, found in
      scanner.index += 1
      guard !scanner.takeIf(UInt8(ascii: "]")) else { return }
      repeat { found.append((0..<0, try scanner.value())) } while scanner.takeIf(UInt8(ascii: ","))
    }.map { JSONSlice(validated: storage, shifted($0.value)) }
  }

  private typealias Found = (name: Range<Int>, value: Range<Int>)

  /// The text was checked when the slice was made, so an error here cannot happen; it would end the walk early.
  private func walk(_ body: (inout JSONScanner, inout [Found]) throws -> Void) -> [Found] {
    storage.withUnsafeBytes { buffer in
      var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: buffer[range]))
      var found: [Found] = []
      do { try body(&scanner, &found) } catch { assertionFailure("a checked text did not scan: \(error)") }
      return found
    }
  }

  private func shifted(_ inner: Range<Int>) -> Range<Int> {
    inner.lowerBound + range.lowerBound..<inner.upperBound + range.lowerBound
  }

  /// The value as a tree.
  package var value: JSONValue {
    switch kind {
    case .null: .null
    case .boolean: .bool(bool ?? false)
    case .number: .number(numberText ?? "0")
    case .string: .string(string ?? "")
    case .array: .array(elements.map(\.value))
    case .object: .object(members.map { JSONMember($0.name, $0.value.value) })
    }
  }
}

/// What stands between the quotes of a checked string, decoded.
package func decodeJSONString(_ content: ArraySlice<UInt8>) -> String {
  guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
  var text = ""
  var plain = content.startIndex
  var index = content.startIndex
  var units: [UInt16] = []
  func flushUnits() {
    text += String(decoding: units, as: UTF16.self)
    units.removeAll()
  }
  while index < content.endIndex {
    guard content[index] == UInt8(ascii: "\\") else {
      index += 1
      continue
    }
    if plain < index {
      flushUnits()
      text += String(decoding: content[plain..<index], as: UTF8.self)
    }
    switch content[index + 1] {
    case UInt8(ascii: "u"):
      units.append(content[index + 2..<index + 6].reduce(0) { $0 << 4 | (hexDigit($1) ?? 0) })
      index += 4
    case UInt8(ascii: "b"): units.append(8)
    case UInt8(ascii: "f"): units.append(12)
    case UInt8(ascii: "n"): units.append(10)
    case UInt8(ascii: "r"): units.append(13)
    case UInt8(ascii: "t"): units.append(9)
    case let plainCharacter: units.append(UInt16(plainCharacter))
    }
    index += 2
    plain = index
  }
  flushUnits()
  if plain < content.endIndex { text += String(decoding: content[plain...], as: UTF8.self) }
  return text
}
