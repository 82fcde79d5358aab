import Credentials
import JSON

/// A text of the service that may be shown: at most 1 kB, without control characters, and withheld where the key stands in it.
struct ServiceText {
  let text: String

  init(_ raw: String, without key: Secret) {
    var shown = ""
    for scalar in raw.unicodeScalars {
      shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
      if shown.utf8.count >= 1_000 { break }
    }
    text = Self.holds(key, raw) ? "[redacted]" : shown
  }

  /// Any eight digits of the key in a row, however they are cased and whatever stands between them.
  private static func holds(_ key: Secret, _ raw: String) -> Bool {
    let digits = hexDigits(of: key.revealed)
    let text = hexDigits(of: raw)
    guard digits.count >= 8, text.count >= 8 else { return false }
    let pieces = Set((0...digits.count - 8).map { Array(digits[$0..<$0 + 8]) })
    return (0...text.count - 8).contains { pieces.contains(Array(text[$0..<$0 + 8])) }
  }

  private static func hexDigits(of text: String) -> [UInt8] {
    text.utf8.prefix(64 << 10).compactMap { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): byte
      case UInt8(ascii: "A")...UInt8(ascii: "F"): byte | 0x20
      default: nil
      }
    }
  }

  /// A small value with its texts cleaned; nil where it is not small.
  static func cleaned(_ value: JSONValue, without key: Secret) -> JSONValue? {
    guard JSONText(value).bytes.count <= 4_096 else { return nil }
    return clean(value, key)
  }

  private static func clean(_ value: JSONValue, _ key: Secret) -> JSONValue {
    switch value {
    case .null, .bool, .number: value
    case .string(let text): .string(ServiceText(text, without: key).text)
    case .array(let elements): .array(elements.map { clean($0, key) })
    case .object(let members): .object(members.map { JSONMember(ServiceText($0.name, without: key).text, clean($0.value, key)) })
    }
  }
}
