import JSON
import JSONRPC

/// What a JSON Schema says in keywords, said in words: for help and the manual, which have no second source.
enum SchemaWords {
  /// What a parameter may be, and what it is where it is left out: "integer, 1 to 100; default: 50".
  static func form(of param: Method.ParamSchema) -> String {
    let ifOmitted = param.schema["default"].map { "; default: \(written($0))" } ?? ""
    return form(of: param.schema) + (param.isRequired ? "; required" : ifOmitted)
  }

  private static func form(of schema: JSONValue) -> String {
    if let choices = schema["enum"]?.array { return alternatives(choices.map(written)) }
    switch schema["type"]?.string {
    case "boolean": return "true or false"
    case "integer": return "integer" + range(schema["minimum"], schema["maximum"], unit: "")
    case "string": return text(schema)
    case let type?: return "\(type), written \(type == "array" ? "key:=[…]" : "key:={…}")"
    case nil: return alternatives((schema["type"]?.array ?? []).compactMap(\.string))
    }
  }

  private static func text(_ schema: JSONValue) -> String {
    if schema["format"]?.string == "uuid" { return "UUID" }
    if schema["format"]?.string == "date-time" { return "time (RFC 3339)" }
    if let examples = schema["examples"]?.array { return "text such as " + alternatives(examples.map(written)) }
    let length = range(schema["minLength"], schema["maxLength"], unit: " characters")
    return "text" + (length.isEmpty ? schema["pattern"]?.string.map { " that matches \($0)" } ?? "" : length)
  }

  private static func range(_ least: JSONValue?, _ most: JSONValue?, unit: String) -> String {
    switch (least?.int, most?.int) {
    case (let least?, let most?): ", \(least) to \(most)\(unit)"
    case (let least?, nil): ", at least \(least)\(unit)"
    case (nil, let most?): ", at most \(most)\(unit)"
    case (nil, nil): ""
    }
  }

  /// The members of an object in one line; a question mark stands behind those that are not always there.
  static func members(of schema: JSONValue) -> String {
    let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
    return (schema["properties"]?.members ?? []).map { member in
      member.name + (member.value["type"]?.string == "array" ? "[]" : "") + (required.contains(member.name) ? "" : "?")
    }.joined(separator: ", ")
  }

  /// The rows that a result or a part of a stream lists: the name of the list, and the schema of one.
  static func rows(of schema: JSONValue) -> (name: String, row: JSONValue)? {
    for member in schema["properties"]?.members ?? [] {
      if let row = member.value["items"], row["type"]?.string == "object" { return (member.name, row) }
    }
    return nil
  }

  private static func alternatives(_ words: [String]) -> String {
    words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
  }

  static func written(_ value: JSONValue) -> String { value.string ?? JSONText(value).text }
}
