import JSON

/// The way to a member of a result: names with dots between, and numbers from 0 for the elements of an array, as in `saved.path`.
struct FieldPath: Equatable {
  /// What is not there, and what is.
  struct Missing: Error {
    let message: String
  }

  let names: [String]
  private var text: String { names.joined(separator: ".") }

  init?(_ text: String) {
    names = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
  }

  func value(in result: JSONSlice) throws(Missing) -> JSONSlice {
    var value = result
    for (depth, name) in names.enumerated() {
      switch value.kind {
      case .object:
        let members = value.members
        guard let found = members.first(where: { sameScalars($0.name, name) }) else { throw missing(at: depth, members.map(\.name)) }
        value = found.value
      case .array:
        let elements = value.elements
        guard let index = Int(name), elements.indices.contains(index) else {
          throw Missing(message: "there is no field \(text): \(place(depth)) has \(elements.count) elements, counted from 0")
        }
        value = elements[index]
      case .null, .boolean, .number, .string:
        throw Missing(message: "there is no field \(text): \(place(depth)) is \(value.kind == .null ? "null" : "a \(value.kind.rawValue)")")
      }
    }
    return value
  }

  /// Before there is a result: what its schema does not know will not be there.
  func check(in schema: JSONValue) throws(Missing) {
    var schema = schema
    for (depth, name) in names.enumerated() {
      if let items = schema["items"] {
        guard let index = Int(name), index >= 0 else {
          throw Missing(message: "there is no field \(text): \(place(depth)) has elements, counted from 0")
        }
        schema = items
      } else {
        let properties = schema["properties"]?.members ?? []
        guard let found = properties.first(where: { sameScalars($0.name, name) }) else { throw missing(at: depth, properties.map(\.name)) }
        schema = found.value
      }
    }
  }

  /// Whether what stands there is in what this path shows.
  func covers(_ other: [String]) -> Bool { other.starts(with: names) }

  private func missing(at depth: Int, _ there: [String]) -> Missing {
    let names = there.isEmpty ? "no members" : there.joined(separator: ", ")
    return Missing(message: "there is no field \(text): \(place(depth)) has \(names)")
  }

  private func place(_ depth: Int) -> String { depth == 0 ? "the result" : names[..<depth].joined(separator: ".") }
}
