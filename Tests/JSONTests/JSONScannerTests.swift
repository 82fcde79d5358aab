import JSON
import Testing

@Suite struct JSONScannerTests {
  /// Whether the text is one JSON value, and whether all of its strings are text.
  private func scan(_ bytes: [UInt8]) -> (isJSON: Bool, isText: Bool, error: JSONScanError?) {
    bytes.withUnsafeBytes { buffer in
      var scanner = JSONScanner(buffer)
      do throws(JSONScanError) {
        _ = try scanner.value()
        return (scanner.peek() == nil, !scanner.sawLoneSurrogate, nil)
      } catch {
        return (false, true, error)
      }
    }
  }

  private func isJSON(_ text: String) -> Bool { scan(Array(text.utf8)).isJSON }

  @Test(arguments: [
    "0", "-0", "1.5e+10", "1E400", "12345678901234567890123456789012345678901", #""""#, #""\u0000\/\b""#, "[]", "[1, 2 ]", "{}",
    #"{"a":{"b":[null,true,false]}}"#, " \t\r\n1 ", "\"\u{7F}\u{10FFFF}é\"", #""\ud83d\ude00""#,
  ]) func takesValidJSON(_ text: String) { #expect(isJSON(text)) }

  @Test(arguments: [
    "", " ", "01", "+1", "1.", ".5", "1e", "-", "NaN", "Infinity", "nul", "truee", "'a'", "[1,]", "[,1]", "{,}", #"{"a":1,}"#, #"{"a"}"#,
    "{a:1}", #"{"a":1 "b":2}"#, "[1 2]", "[1", "{", #""abc"#, #""\x41""#, #""\u12G4""#, "\"\t\"", "\"\u{0}\"", "1 2", "// c\n1",
    "\u{FEFF}1",
    #""\u12""#, #""\"#,
  ]) func refusesEverythingElse(_ text: String) { #expect(!isJSON(text)) }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
      [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xFF], [0xE2, 0x28, 0xA1],
    ] as [[UInt8]]) func refusesBadUTF8(_ bytes: [UInt8])
  {
    #expect(!scan([0x22] + bytes + [0x22]).isJSON)
    // Also where the eight-byte steps begin anywhere.
    for padding in 0..<9 { #expect(!scan([0x22] + [UInt8](repeating: 0x61, count: padding) + bytes + [0x22]).isJSON) }
  }

  @Test(arguments: [#""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800\ud800\udc00""#, #""\ud800x""#]) func seesLoneSurrogates(
    _ text: String
  ) {
    let seen = scan(Array(text.utf8))
    #expect(seen.isJSON && !seen.isText)
  }

  @Test func takesPairsForText() { #expect(scan(Array(#""\uD83D\uDE00""#.utf8)).isText) }

  @Test(arguments: [0, 1, 63, 64, 65, 66, 1000]) func countsTheMembersOfAnObjectAndMarksTheFirst(_ count: Int) throws {
    let values = [#"{"a":{"b":1,"c":[{},{"d":2}]}}"#, "[[1,2],3]", #""x,y""#, "0", "{}"]
    let text = "{" + (0..<count).map { #" "n\#($0)" : \#(values[$0 % values.count]) "# }.joined(separator: ",") + "}"
    let bytes = Array((text + " 7").utf8)
    try bytes.withUnsafeBytes { buffer in
      var scanner = JSONScanner(buffer)
      let members = try scanner.members()
      #expect(members.count == count && members.first.count == min(count, JSONMemberRanges.most))
      for (index, member) in members.first.enumerated() {
        #expect(String(decoding: buffer[member.name], as: UTF8.self) == "n\(index)")
        #expect(String(decoding: buffer[member.value], as: UTF8.self) == values[index % values.count])
      }
      // Nothing is left open, and it stands behind the object.
      let next = try scanner.value()
      #expect(next == bytes.count - 1..<bytes.count)
    }
    // Whatever is cut off, it is not taken for whole.
    for length in 0..<min(bytes.count - 2, 2500) {
      #expect(throws: JSONScanError.self) {
        try bytes[..<length].withUnsafeBytes { buffer in
          var scanner = JSONScanner(buffer)
          _ = try scanner.members()
        }
      }
    }
  }

  @Test(arguments: [1, 2, 500]) func countsTheElementsOfAnArray(_ count: Int) throws {
    let values = ["1", #"{"a":[1,2]}"#, "[[],[3,4]]", #""a,b""#]
    let text = (0..<count).map { values[$0 % values.count] }.joined(separator: " , ") + " ] 7"
    try Array(text.utf8).withUnsafeBytes { buffer in
      var scanner = JSONScanner(buffer)
      let counted = try scanner.passOverElements()
      #expect(counted == count)
      let next = try scanner.value()
      #expect(next == buffer.count - 1..<buffer.count)
    }
    #expect(throws: JSONScanError.self) {
      try Array(text.dropLast(3).utf8).withUnsafeBytes { buffer in
        var scanner = JSONScanner(buffer)
        _ = try scanner.passOverElements()
      }
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 31], [" ", "\t", "\r\n", " \n"]) func passesOverAnyWhiteSpace(_ count: Int, _ piece: String) {
    let space = Array(String(repeating: piece, count: count).utf8)
    (space + [0x21] + space).withUnsafeBytes {
      #expect($0.endOfWhiteSpace(from: 0) == space.count)
      #expect($0.endOfWhiteSpace(from: space.count + 1) == $0.count)
      #expect($0.endOfWhiteSpace(from: $0.count) == $0.count)
    }
    // What is below a space and none of the four is no white space.
    (space + [0x0B]).withUnsafeBytes { #expect($0.endOfWhiteSpace(from: 0) == space.count) }
    (space + [0x00]).withUnsafeBytes {
      var scanner = JSONScanner($0)
      #expect(scanner.peek() == 0 && scanner.index == space.count)
    }
  }

  @Test func stopsBelowTheDepthLimit() {
    #expect(isJSON(String(repeating: "[", count: 128) + String(repeating: "]", count: 128)))
    #expect(scan(Array(String(repeating: "[", count: 129).utf8)).error == .tooDeep)
    #expect(scan(Array(String(repeating: #"{"a":"#, count: 100_000).utf8)).error == .tooDeep)
  }

  @Test func findsEverySpecialByteAtEveryPlace() {
    for place in 0..<40 {
      for (byte, good) in [(0x22, false), (0x5C, false), (0x1F, false), (0x00, false), (0x20, true), (0x7F, true), (0x21, true)]
        as [(UInt8, Bool)]
      {
        var content = [UInt8](repeating: 0x61, count: 40)
        content[place] = byte
        #expect(scan([0x22] + content + [0x22]).isJSON == good, "byte \(byte) at \(place)")
      }
    }
  }
}
