/// A second reader of JSON, written to be checked by eye and not to be fast: what the bridge's own reader says is held against it.
indirect enum PlainJSON: Hashable {
  case word(String)
  /// The number's own text.
  case number([UInt8])
  /// UTF-16, so that half a surrogate pair can be told.
  case string([UInt16])
  case array([PlainJSON])
  case object([Member])

  struct Member: Hashable {
    let name: [UInt16]
    let value: PlainJSON
  }

  /// Why a text is none; `tooDeep` if more than 128 arrays and objects are open before anything else is wrong.
  enum Problem: Error { case notUTF8, malformed, tooDeep }

  /// One value and nothing around it but white space.
  init(_ bytes: [UInt8]) throws(Problem) {
    // The standard library judges UTF-8.
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    var reader = PlainJSONReader(text)
    self = try reader.value()
    reader.skipWhiteSpace()
    guard reader.isAtEnd else { throw .malformed }
  }

  /// Whether every string in it, names too, is text: no half of a surrogate pair.
  var isText: Bool {
    switch self {
    case .word, .number: true
    case .string(let units): Self.isText(units)
    case .array(let elements): elements.allSatisfy(\.isText)
    case .object(let members): members.allSatisfy { Self.isText($0.name) && $0.value.isText }
    }
  }

  static func isText(_ units: [UInt16]) -> Bool { String(validating: units, as: UTF16.self) != nil }

  /// The values of all members of this name.
  func all(_ name: String) -> [PlainJSON] {
    guard case .object(let members) = self else { return [] }
    return members.filter { $0.name.elementsEqual(name.utf16) }.map(\.value)
  }

  var text: String? { if case .string(let units) = self { String(validating: units, as: UTF16.self) } else { nil } }
}
