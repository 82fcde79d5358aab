/// One line of a header. Its description does not show the value, which may be a key.
package struct HTTPHeader: Sendable, Equatable, CustomStringConvertible {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  package var description: String { "\(name): …" }

  /// Names of headers are the same in any case.
  package func isNamed(_ wanted: String) -> Bool { isSame(name, wanted) }

  /// The same of a name that stands in a line, and of one in small letters.
  static func isNamed(_ name: some Collection<UInt8>, _ small: StaticString) -> Bool {
    small.withUTF8Buffer { small in name.count == small.count && zip(name, small).allSatisfy { lowered($0) == $1 } }
  }
}

/// Whether two words of HTTP are the same, whatever their case.
private func isSame(_ one: some StringProtocol, _ other: some StringProtocol) -> Bool {
  one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { lowered($0) == lowered($1) }
}

private func lowered(_ byte: UInt8) -> UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte }
