/// JSON as Go's encoding/json writes it: raw UTF-8, members in the order given, `<`, `>`, `&`, U+2028 and U+2029 escaped. Tokens are
/// compared byte by byte with Go's, so the wire's ASCII writer would not do. What is empty is left out by whoever builds it.
indirect enum ClaimsJSON {
  case string(String)
  case number(Int64)
  case bool(Bool)
  case array([ClaimsJSON])
  case object([(String, ClaimsJSON)])

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return bytes
  }

  private func append(to bytes: inout [UInt8]) {
    switch self {
    case .string(let text): Self.append(text, to: &bytes)
    case .number(let number): bytes += Array(String(number).utf8)
    case .bool(let flag): bytes += Array((flag ? "true" : "false").utf8)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.append(member.0, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.1.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    defer { bytes.append(UInt8(ascii: "\"")) }
    // Keys, which are nearly all of a long list, and whatever else needs no escape.
    var plain = text
    let isPlain = plain.withUTF8 { text in
      let isPlain = text.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"): false
        default: 0x20..<0x7F ~= byte
        }
      }
      if isPlain { bytes += text }
      return isPlain
    }
    if isPlain { return }
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22, 0x5C: bytes += [0x5C, UInt8(scalar.value)]
      case 0x0A: bytes += Array("\\n".utf8)
      case 0x0D: bytes += Array("\\r".utf8)
      case 0x09: bytes += Array("\\t".utf8)
      case 0..<0x20, 0x3C, 0x3E, 0x26, 0x2028, 0x2029:
        let hex = String(scalar.value, radix: 16)
        bytes += Array(("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8)
      default: bytes += Array(String(scalar).utf8)
      }
    }
  }
}
