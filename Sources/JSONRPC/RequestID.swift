import JSON

/// The id of a request: as it is echoed, and as it is compared. Two ids are equal if their decoded strings, or their number texts, are.
struct RequestID: Hashable, Sendable {
  /// JSON as it goes back: a number's own bytes; a string with its own escapes, non-ASCII as `\uXXXX`.
  let echo: [UInt8]
  private let key: [UInt8]

  static func == (one: RequestID, other: RequestID) -> Bool { one.key == other.key }
  func hash(into hasher: inout Hasher) { hasher.combine(key) }

  /// Null is echoed, but never looked up.
  var isNull: Bool { key.isEmpty }
  var isString: Bool { echo.first == UInt8(ascii: "\"") }

  static let null = RequestID(echo: Array("null".utf8), key: [])

  private init(echo: [UInt8], key: [UInt8]) {
    self.echo = echo
    self.key = key
  }

  /// `text` is one valid JSON string, number or null.
  init(validated text: UnsafeRawBufferPointer) {
    switch text.first {
    case UInt8(ascii: "n"): self = .null
    case UInt8(ascii: "\""):
      let quoted = Array(text)
      // A quote in front keeps the string "1" apart from the number 1.
      let decoded = decodeJSONString(quoted[1..<quoted.count - 1])
      self.init(echo: quoted.withUnsafeBytes { wireBytes(ofValid: $0) }, key: [UInt8(ascii: "\"")] + Array(decoded.utf8))
    default: self.init(echo: Array(text), key: Array(text))
    }
  }
}
