extension JSONValue {
  /// For people and for files that are read in a diff: two spaces a level, ASCII only, a line feed at the end.
  package var pretty: [UInt8] {
    var bytes: [UInt8] = []
    appendPretty(to: &bytes, indent: 0)
    return bytes + [0x0A]
  }

  private func appendPretty(to bytes: inout [UInt8], indent: Int) {
    func line(_ depth: Int) { bytes += [0x0A] + [UInt8](repeating: 0x20, count: depth * 2) }
    switch self {
    case .array(let elements) where !elements.isEmpty:
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        line(indent + 1)
        element.appendPretty(to: &bytes, indent: indent + 1)
      }
      line(indent)
      bytes.append(UInt8(ascii: "]"))
    case .object(let members) where !members.isEmpty:
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        line(indent + 1)
        bytes += JSONText(member.name).bytes + Array(": ".utf8)
        member.value.appendPretty(to: &bytes, indent: indent + 1)
      }
      line(indent)
      bytes.append(UInt8(ascii: "}"))
    default: bytes += JSONText(self).bytes
    }
  }
}
