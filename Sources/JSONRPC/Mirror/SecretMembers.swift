import JSON

/// Which members of params, results and parts are secret: the schemas mark them with `x-secret`. Each is known by its own name and by that of
/// the object it stands in, wherever in a message that object is, so that no way to it is missed.
package struct SecretMembers: Sendable {
  private struct Member: Hashable {
    let object: [UInt8]
    let name: [UInt8]
  }

  /// What stands in the place of a secret.
  static let mask = Array(#""(secret)""#.utf8)

  private let members: Set<Member>

  package init(_ table: MethodTable) {
    self.init(
      of: table.methods.flatMap { method in
        method.params.map { ("params", $0.name, $0.schema) } + [("", "result", method.result)]
          + (method.part.map { [("params", "value", $0)] } ?? [])
      })
  }

  /// Of schemas, each with the name of the member that it describes and that of the object it stands in.
  init(of schemas: [(object: String, name: String, schema: JSONValue)]) {
    var found: Set<Member> = []
    for (object, name, schema) in schemas { Self.collect(schema, in: object, name, into: &found) }
    members = found
  }

  /// `object` and `name` are those of the value that the schema describes; elements of an array have the array's.
  private static func collect(_ schema: JSONValue, in object: String, _ name: String, into found: inout Set<Member>) {
    if case .bool(true)? = schema["x-secret"] { found.insert(Member(object: Array(object.utf8), name: Array(name.utf8))) }
    for element in schema.array ?? [] { collect(element, in: object, name, into: &found) }
    for member in schema.members ?? [] {
      guard member.name == "properties" else {
        collect(member.value, in: object, name, into: &found)
        continue
      }
      for property in member.value.members ?? [] { collect(property.value, in: name, property.name, into: &found) }
    }
  }

  /// The line byte for byte, but for the secrets in it; nil if it is not JSON, so that nobody can know what is in it.
  func masking(_ line: [UInt8]) -> [UInt8]? {
    guard Self.isJSON(line) else { return nil }
    var walk = Walk(line)
    return walk.masking { members.contains(Member(object: $0, name: $1)) }
  }

  private static func isJSON(_ line: [UInt8]) -> Bool {
    line.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      do throws(JSONScanError) {
        _ = try scanner.value()
        return scanner.peek() == nil
      } catch { return false }
    }
  }

  /// One pass over a line that is valid.
  private struct Walk {
    private struct Open {
      let isObject: Bool
      /// Of the object itself, or of the array's elements.
      let name: [UInt8]
    }

    private let line: [UInt8]
    private var index = 0
    private var open: [Open] = []
    /// Of the member whose value comes next.
    private var name: [UInt8] = []
    private var nameComes = false

    init(_ line: [UInt8]) { self.line = line }

    mutating func masking(_ isSecret: (_ object: [UInt8], _ name: [UInt8]) -> Bool) -> [UInt8] {
      var masked: [UInt8] = []
      var copied = 0
      while index < line.count {
        switch line[index] {
        case UInt8(ascii: "\""):
          let string = takeString()
          if nameComes {
            name = Self.decoded(line[string.lowerBound + 1..<string.upperBound - 1])
            nameComes = false
          } else if isSecret(object, open.last?.isObject == false ? open.last?.name ?? [] : name) {
            masked += line[copied..<string.lowerBound] + SecretMembers.mask
            copied = string.upperBound
          }
        case UInt8(ascii: "{"): enter(isObject: true)
        case UInt8(ascii: "["): enter(isObject: false)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          open.removeLast()
          index += 1
        case UInt8(ascii: ","):
          nameComes = open.last?.isObject == true
          index += 1
        default: index += 1
        }
      }
      return masked + line[copied...]
    }

    /// The name of the innermost object that is open.
    private var object: [UInt8] { open.last { $0.isObject }?.name ?? [] }

    private mutating func enter(isObject: Bool) {
      open.append(Open(isObject: isObject, name: open.last?.isObject == false ? open.last?.name ?? [] : name))
      nameComes = isObject
      index += 1
    }

    /// With its quotes.
    private mutating func takeString() -> Range<Int> {
      let start = index
      index += 1
      while line[index] != UInt8(ascii: "\"") { index += line[index] == UInt8(ascii: "\\") ? 2 : 1 }
      index += 1
      return start..<index
    }

    private static func decoded(_ name: ArraySlice<UInt8>) -> [UInt8] {
      name.contains(UInt8(ascii: "\\")) ? Array(decodeJSONString(name).utf8) : Array(name)
    }
  }
}
