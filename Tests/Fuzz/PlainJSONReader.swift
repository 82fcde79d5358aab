/// By Unicode scalars, one function for each rule of RFC 8259.
struct PlainJSONReader {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var depth = 0

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  var isAtEnd: Bool { index == scalars.count }
  private var next: Unicode.Scalar? { isAtEnd ? nil : scalars[index] }

  mutating func skipWhiteSpace() {
    while let scalar = next, " \t\n\r".unicodeScalars.contains(scalar) { index += 1 }
  }

  mutating func value() throws(PlainJSON.Problem) -> PlainJSON {
    skipWhiteSpace()
    switch next {
    case "{": return .object(try list(from: "{", to: "}") { reader throws(PlainJSON.Problem) in try reader.member() })
    case "[": return .array(try list(from: "[", to: "]") { reader throws(PlainJSON.Problem) in try reader.value() })
    case "\"": return .string(try string())
    default: return try wordOrNumber()
    }
  }

  private mutating func take(_ scalar: Unicode.Scalar) throws(PlainJSON.Problem) {
    guard next == scalar else { throw .malformed }
    index += 1
  }

  private mutating func list<Item>(
    from open: Unicode.Scalar, to close: Unicode.Scalar, _ item: (inout Self) throws(PlainJSON.Problem) -> Item
  ) throws(PlainJSON.Problem) -> [Item] {
    var items: [Item] = []
    try take(open)
    depth += 1
    defer { depth -= 1 }
    guard depth <= 128 else { throw .tooDeep }
    skipWhiteSpace()
    if next == close {
      index += 1
      return items
    }
    while true {
      items.append(try item(&self))
      skipWhiteSpace()
      if next == close {
        index += 1
        return items
      }
      try take(",")
    }
  }

  private mutating func member() throws(PlainJSON.Problem) -> PlainJSON.Member {
    skipWhiteSpace()
    let name = try string()
    skipWhiteSpace()
    try take(":")
    return PlainJSON.Member(name: name, value: try value())
  }

  private mutating func string() throws(PlainJSON.Problem) -> [UInt16] {
    var units: [UInt16] = []
    try take("\"")
    while let scalar = next {
      index += 1
      if scalar == "\"" { return units }
      guard scalar.value >= 0x20 else { throw .malformed }
      if scalar == "\\" { units.append(try escape()) } else { units += Array(String(scalar).utf16) }
    }
    throw .malformed
  }

  private mutating func escape() throws(PlainJSON.Problem) -> UInt16 {
    guard let letter = next else { throw .malformed }
    index += 1
    switch letter {
    case "\"", "\\", "/": return UInt16(letter.value)
    case "b": return 8
    case "f": return 12
    case "n": return 10
    case "r": return 13
    case "t": return 9
    case "u":
      let digits = scalars[index...].prefix(4)
      guard digits.count == 4, digits.allSatisfy({ $0.isASCII && Character($0).isHexDigit }),
        let unit = UInt16(String(String.UnicodeScalarView(digits)), radix: 16)
      else { throw .malformed }
      index += 4
      return unit
    default: throw .malformed
    }
  }

  private mutating func wordOrNumber() throws(PlainJSON.Problem) -> PlainJSON {
    let start = index
    while let scalar = next, scalar.isASCII,
      Character(scalar).isLetter || Character(scalar).isNumber || "+-.".unicodeScalars.contains(scalar)
    {
      index += 1
    }
    let text = String(String.UnicodeScalarView(scalars[start..<index]))
    if ["null", "true", "false"].contains(text) { return .word(text) }
    guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else { throw .malformed }
    return .number(Array(text.utf8))
  }
}
