/// One named parameter: what it is called, what it means, what it may be, and how it is read. Prints its schema and reads its value
/// from the same declaration, so that the two cannot differ. A class, because values are found by the identity of their field.
package final class Field<Value: Sendable>: Sendable {
  package let name: String
  package var isRequired: Bool { leftOut == nil }
  /// JSON Schema (the subset that draft 2020-12 and draft 7 share) of the value, its `description` included.
  package let schema: JSONValue
  private let reader: @Sendable (JSONSlice?) throws(FieldProblem) -> Value
  /// What is read where it is left out, made once: most parameters of most requests are. Nil where it must be there.
  let leftOut: FieldValue<Value>?

  private init(
    name: String, schema: JSONValue, leftOut: FieldValue<Value>?, reader: @escaping @Sendable (JSONSlice?) throws(FieldProblem) -> Value
  ) {
    self.name = name
    self.schema = schema
    self.leftOut = leftOut
    self.reader = reader
  }

  /// A required parameter. `expected` finishes the sentence "must be …"; `parse` gives nil for what is refused; `hint` may say more
  /// about a refused value, without repeating it.
  package convenience init(
    _ name: String, _ description: String, schema: JSONValue, expected: String,
    hint: @escaping @Sendable (JSONSlice) -> String? = { _ in nil },
    parse: @escaping @Sendable (JSONSlice) -> Value?
  ) {
    let described = JSONValue.object((schema.members ?? []) + [JSONMember("description", .string(description))])
    self.init(name: name, schema: described, leftOut: nil) { (slice) throws(FieldProblem) in
      guard let slice else { throw FieldProblem(name: name, reason: "is missing", expected: expected) }
      guard let value = parse(slice) else {
        let more = hint(slice).map { "; \($0)" } ?? ""
        let reason = slice.kind == .null ? "is null; omit it instead" : "must be \(expected)" + more
        throw FieldProblem(name: name, reason: reason, expected: expected)
      }
      return value
    }
  }

  /// The same parameter, which may be left out.
  package var optional: Field<Value?> {
    let reader = self.reader
    return Field<Value?>(name: name, schema: schema, leftOut: FieldValue(nil)) { (slice) throws(FieldProblem) in
      guard let slice else { return nil }
      return try reader(slice)
    }
  }

  /// The same parameter, which may be left out; the schema tells what then happens, and the reader leaves it to the method.
  package func optional(meaning written: JSONValue) -> Field<Value?> {
    let told = JSONValue.object((schema.members ?? []) + [JSONMember("default", written)])
    return Field(name: name, schema: told, leftOut: nil, reader: reader).optional
  }

  /// The same parameter with a value for when it is left out, told in the schema.
  package func defaulting(to value: Value, written: JSONValue) -> Field {
    let reader = self.reader
    let schema = JSONValue.object((self.schema.members ?? []) + [JSONMember("default", written)])
    return Field(name: name, schema: schema, leftOut: FieldValue(value)) { (slice) throws(FieldProblem) in
      guard let slice else { return value }
      return try reader(slice)
    }
  }

  package func read(_ slice: JSONSlice?) throws(FieldProblem) -> Value { try reader(slice) }
}

/// A value in a list of values of many types. A class, because one made before can stand in every list.
final class FieldValue<Value: Sendable>: Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}

/// What is wrong with one parameter. Never holds the value.
package struct FieldProblem: Error, Sendable, Equatable {
  package let name: String
  package let reason: String
  package let expected: String

  package init(name: String, reason: String, expected: String) {
    self.name = name
    self.reason = reason
    self.expected = expected
  }
}
