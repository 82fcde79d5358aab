/// One line of a header. Its description does not show the value, which may be a key.
package struct HTTPHeader: Sendable, CustomStringConvertible {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  package var description: String { "\(name): …" }

  /// Names of headers are the same in any case.
  package func isNamed(_ wanted: String) -> Bool { name.utf8.map(lowered).elementsEqual(wanted.utf8.map(lowered)) }
}

private func lowered(_ byte: UInt8) -> UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte }
