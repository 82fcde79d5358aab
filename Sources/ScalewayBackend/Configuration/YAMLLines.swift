/// Cuts a file into its lines and lets through only characters that every reader of YAML takes the same way.
struct YAMLLines {
  private var kept: [YAMLLine] = []
  private var number = 1
  private var line: [Unicode.Scalar] = []

  /// The lines that are neither blank nor comments.
  static func split(_ bytes: [UInt8]) throws(YAMLProblem) -> [YAMLLine] {
    var lines = YAMLLines()
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    try lines.take(bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...])
    return lines.kept
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) throws(YAMLProblem) {
    var rest = bytes.makeIterator()
    var decoder = UTF8()
    var isAfterReturn = false
    while true {
      guard case .scalarValue(let character) = try decoded(&decoder, &rest) else { break }
      if isAfterReturn, character != "\n" { throw problem("a carriage return without a line feed") }
      isAfterReturn = character == "\r"
      if isAfterReturn { continue }
      if character == "\n" { try endLine() } else { line.append(try checked(character)) }
    }
    if isAfterReturn { throw problem("a carriage return without a line feed") }
    try endLine()
  }

  private func decoded(_ decoder: inout UTF8, _ rest: inout IndexingIterator<ArraySlice<UInt8>>) throws(YAMLProblem)
    -> UnicodeDecodingResult
  {
    let result = decoder.decode(&rest)
    if case .error = result { throw problem("not UTF-8") }
    return result
  }

  /// Some readers end a line at U+0085, U+2028 and U+2029, some do not; controls and the mark of byte order have no place here.
  private func checked(_ character: Unicode.Scalar) throws(YAMLProblem) -> Unicode.Scalar {
    switch character.value {
    case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x1_0000...: return character
    default: throw problem("a control character, or one that some programs take for the end of a line")
    }
  }

  private mutating func endLine() throws(YAMLProblem) {
    let indent = line.prefix { $0 == " " }.count
    if indent < line.count, line[indent] != "#" {
      let kept = YAMLLine(number: number, characters: line, indent: indent)
      if line[indent] == "\t" { throw kept.problem("a tab: indent with spaces", at: indent) }
      self.kept.append(kept)
    }
    number += 1
    line.removeAll(keepingCapacity: true)
  }

  private func problem(_ reason: String) -> YAMLProblem { YAMLProblem(line: number, column: line.count + 1, reason: reason) }
}
