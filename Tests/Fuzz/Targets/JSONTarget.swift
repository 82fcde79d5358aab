import JSON

/// JSON: what is taken is what a second reader takes, as the same value; written in any of the bridge's ways it is still the same.
extension FuzzTarget {
  static let json = FuzzTarget(name: "json") { input in
    let slice = JSONSlice(parsing: input)
    let plain = try? PlainJSON(input)
    guard let slice else {
      try promise(plain?.isText != true, "JSON is refused")
      return
    }
    guard let plain, plain.isText else { throw Broken(description: "what is not JSON is taken") }
    let value = slice.value
    try promise(PlainJSON(value) == plain, "read as another value")
    let written = JSONText(value).bytes
    try promise(plain == (try? PlainJSON(written)), "written as another value")
    try promise(written.allSatisfy { 0x20..<0x7F ~= $0 }, "what is written is not printable ASCII")
    try promise(plain == (try? PlainJSON(value.pretty)), "the pretty text is another value")
    let wire = slice.withBytes { wireBytes(ofValid: $0) }
    try promise(plain == (try? PlainJSON(wire)), "on the wire it is another value")
    try promise(wire.allSatisfy { 0x20..<0x7F ~= $0 }, "what goes on the wire is not printable ASCII")
    try promise(JSONText(JSONSlice(parsing: written)?.value ?? .null).bytes == written, "written twice it differs")
    if let members = JSONMembers(slice) {
      guard case .object(let expected) = plain else { throw Broken(description: "members of what is no object") }
      try promise(members.hasTwins == (Set(expected.map(\.name)).count < expected.count), "a member that stands twice is not seen")
    }
  }
}

extension PlainJSON {
  init(_ value: JSONValue) {
    switch value {
    case .null: self = .word("null")
    case .bool(let flag): self = .word(flag ? "true" : "false")
    case .number(let text): self = .number(Array(text.utf8))
    case .string(let text): self = .string(Array(text.utf16))
    case .array(let elements): self = .array(elements.map { PlainJSON($0) })
    case .object(let members): self = .object(members.map { Member(name: Array($0.name.utf16), value: PlainJSON($0.value)) })
    }
  }
}
