/// A JSON value as a tree, for what is small and not on the way of a row: schemas, documents, details of errors.
/// Numbers stay the text they came as; members keep their order.
package indirect enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  package static func int(_ number: Int) -> JSONValue { .number(String(number)) }

  /// The member of an object by its name; nil for every other value.
  package subscript(name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { sameScalars($0.name, name) }?.value
  }

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
  package var members: [JSONMember]? { if case .object(let members) = self { members } else { nil } }
  package var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
}

package struct JSONMember: Sendable, Equatable {
  package let name: String
  package let value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}

/// Swift's `==` takes NFC and NFD for the same text; the wire does not.
package func sameScalars(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  package init(stringLiteral text: String) { self = .string(text) }
  package init(integerLiteral number: Int) { self = .int(number) }
  package init(booleanLiteral flag: Bool) { self = .bool(flag) }
  package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  package init(dictionaryLiteral members: (String, JSONValue)...) { self = .object(members.map { JSONMember($0.0, $0.1) }) }
  package init(nilLiteral: ()) { self = .null }
}
