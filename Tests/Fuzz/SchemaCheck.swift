import Foundation
import JSON

/// Whether a value fits a schema, for the few words of JSON Schema that the schemas of params use. Another word breaks a promise: it would
/// else be checked by nobody.
struct SchemaCheck {
  private let schema: JSONValue

  init(_ schema: JSONValue) { self.schema = schema }

  func takes(_ value: PlainJSON) throws(Broken) -> Bool {
    for member in schema.members ?? [] where try !takes(value, member.name, member.value) { return false }
    return true
  }

  private func takes(_ value: PlainJSON, _ word: String, _ limit: JSONValue) throws(Broken) -> Bool {
    switch word {
    case "type": return isOfType(value, limit.string ?? "")
    case "enum": return limit.array?.contains { PlainJSON($0) == value } == true
    case "minimum": return number(value).map { $0 >= Double(limit.int ?? 0) } ?? true
    case "maximum": return number(value).map { $0 <= Double(limit.int ?? 0) } ?? true
    case "minLength": return value.text.map { $0.unicodeScalars.count >= limit.int ?? 0 } ?? true
    case "maxLength": return value.text.map { $0.unicodeScalars.count <= limit.int ?? 0 } ?? true
    case "pattern": return try value.text.map { text throws(Broken) in try matches(text, limit.string ?? "") } ?? true
    case "description", "default", "examples", "format": return true
    default: throw Broken(description: "a schema has the word \(word), which this check does not know")
    }
  }

  private func isOfType(_ value: PlainJSON, _ type: String) -> Bool {
    switch (type, value) {
    case ("string", .string), ("boolean", .word("true")), ("boolean", .word("false")): true
    case ("integer", .number): number(value).map { $0.rounded() == $0 } ?? false
    default: false
    }
  }

  private func number(_ value: PlainJSON) -> Double? {
    guard case .number(let text) = value else { return nil }
    return Double(String(decoding: text, as: UTF8.self))
  }

  /// ECMAScript's `$` is the very end, not also the place before a last line feed.
  private func matches(_ text: String, _ pattern: String) throws(Broken) -> Bool {
    let strict = pattern.hasSuffix("$") ? pattern.dropLast() + "\\z" : pattern
    do {
      let expression = try NSRegularExpression(pattern: String(strict))
      return expression.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
    } catch { throw Broken(description: "a schema's pattern is none: \(pattern)") }
  }
}
