import JSON

/// The id of a request: as it is echoed, and as it is compared. Two ids are equal if their decoded strings, or their number texts, are.
/// Holds the bytes as they came and nothing else: a thousand of the longest wait at once.
struct RequestID: Hashable, Sendable {
  private let text: [UInt8]
  private let hasEscapes: Bool

  static let null = RequestID(text: Array("null".utf8), hasEscapes: false)

  private init(text: [UInt8], hasEscapes: Bool) {
    self.text = text
    self.hasEscapes = hasEscapes
  }

  /// `text` is one valid JSON string, number or null.
  init(validated text: UnsafeRawBufferPointer) {
    self.init(text: Array(text), hasEscapes: text.first == UInt8(ascii: "\"") && text.contains(UInt8(ascii: "\\")))
  }

  /// A param that names a request; nil for what is no id, too long or null.
  init?(param value: UnsafeRawBufferPointer) {
    guard value.count <= Limits.idBytes, let first = value.first, Array("\"-0123456789".utf8).contains(first) else { return nil }
    self.init(validated: value)
  }

  /// Null is echoed, but never looked up.
  var isNull: Bool { text.first == UInt8(ascii: "n") }
  var isString: Bool { text.first == UInt8(ascii: "\"") }

  /// JSON as it goes back: a number's own bytes; a string with its own escapes, non-ASCII as `\uXXXX`.
  var echo: [UInt8] { text.withUnsafeBytes { wireBytes(ofValid: $0) } }
  /// What it takes of memory while it waits.
  var byteCount: Int { text.count }

  static func == (one: RequestID, other: RequestID) -> Bool {
    one.hasEscapes || other.hasEscapes ? one.decoded == other.decoded : one.text == other.text
  }

  func hash(into hasher: inout Hasher) { hasher.combine(hasEscapes ? decoded : text) }

  /// The quotes stay, and keep the string "1" apart from the number 1.
  private var decoded: [UInt8] { hasEscapes ? Array(decodeJSONString(text[...]).utf8) : text }
}
