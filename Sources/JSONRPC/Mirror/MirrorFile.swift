import JSON
import System

/// One direction of a session, in a file: cut into lines, because only of a whole line is it known what is secret in it.
struct MirrorFile: ~Copyable {
  private static let lineFeed = UInt8(ascii: "\n")
  private let file: OpenFile
  private let secrets: SecretMembers
  private let longestLine: Int
  /// What is here of a line whose end is not.
  private var line: [UInt8] = []
  /// Of a line that is too long, how much was dropped.
  private var dropped = 0
  private var isFirst = true

  /// Of a line longer than `longestLine` only the length is written.
  init(_ file: consuming OpenFile, hiding secrets: SecretMembers, longestLine: Int) {
    self.file = file
    self.secrets = secrets
    self.longestLine = longestLine
  }

  mutating func append(_ bytes: [UInt8]) throws(SystemError) {
    var ready: [UInt8] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: Self.lineFeed) {
      add(rest[..<end])
      ready += takeLine() + [Self.lineFeed]
      rest = rest[(end + 1)...]
    }
    add(rest)
    try write(ready)
  }

  /// A last line without its end.
  mutating func finish() throws(SystemError) { if !line.isEmpty || dropped > 0 { try write(takeLine()) } }

  private func write(_ bytes: [UInt8]) throws(SystemError) { try file.write(bytes, or: "the mirror cannot be written") }

  private mutating func add(_ part: ArraySlice<UInt8>) {
    if dropped == 0, line.count + part.count <= longestLine { return line += part }
    dropped += line.count + part.count
    line = []
  }

  private mutating func takeLine() -> [UInt8] {
    defer { (line, dropped, isFirst) = ([], 0, false) }
    let mark = isFirst ? Self.byteOrderMark(of: line) : 0
    if let masked = secrets.masking(Array(line[mark...])) { return line[..<mark] + masked }
    let isBlank = line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
    return isBlank && dropped == 0 ? line : Array("(\(line.count + dropped) bytes left out)".utf8)
  }

  /// Its length, if the line begins with one.
  private static func byteOrderMark(of line: [UInt8]) -> Int { line.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}
