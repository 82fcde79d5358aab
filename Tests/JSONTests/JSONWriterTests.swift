import JSON
import Testing

@Suite struct JSONWriterTests {
  @Test func writesAsciiOnly() {
    #expect(JSONText("é\u{1F600}\"\\\n\u{7F}\u{0}").text == #""\u00e9\ud83d\ude00\"\\\n\u007f\u0000""#)
  }

  @Test func setsCommas() {
    let value: JSONValue = ["a": [1, 2, [:]], "b": nil, "c": ["d": true]]
    #expect(JSONText(value).text == #"{"a":[1,2,{}],"b":null,"c":{"d":true}}"#)
  }

  /// Plain text goes eight bytes at a time; every scalar that is not plain, at every place of a word, must be seen.
  @Test func everyScalarIsWrittenTheSameAtEveryPlace() {
    let scalars = (0...0x17F).compactMap(Unicode.Scalar.init) + ["\u{7FF}", "\u{FFFD}", "\u{1F600}", "\u{10FFFF}"]
    for scalar in scalars {
      for before in 0..<17 {
        for after in [0, 1, 7, 8, 9] {
          let (head, tail) = (String(repeating: "~", count: before), String(repeating: " ", count: after))
          #expect(JSONText(head + String(scalar) + tail).text == "\"" + head + escaped(scalar) + tail + "\"")
        }
      }
    }
  }

  /// Lines go one by one, those that are plain in one piece.
  @Test func linesAreWrittenAsTheirScalarsAre() {
    let lines = ["", "plain", "a plain line of more than eight", "\"quoted\"", "\r", "é", "\t\u{1F600}"]
    for first in lines {
      for second in lines {
        for text in [first + "\n" + second, "\n" + first + "\n\n" + second + "\n"] {
          #expect(JSONText(text).text == "\"" + text.unicodeScalars.map(escaped).joined() + "\"")
        }
      }
    }
  }

  private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": #"\""#
    case "\\": #"\\"#
    case "\n": #"\n"#
    case "\r": #"\r"#
    case "\t": #"\t"#
    case " "..."~": String(scalar)
    default:
      String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return #"\u"# + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }

  @Test func whatIsNoTextIsReplaced() {
    for bytes: [UInt8] in [[0xFF], Array("seven..".utf8) + [0xC3], Array("eight...".utf8) + [0xED, 0xA0, 0x80], [0x80] + Array("x".utf8)] {
      var writer = JSONWriter()
      bytes.withUnsafeBytes { writer.content(ofString: $0) }
      #expect("\"" + String(decoding: writer.bytes, as: UTF8.self) + "\"" == JSONText(String(decoding: bytes, as: UTF8.self)).text)
    }
  }
}
