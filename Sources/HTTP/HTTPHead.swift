/// The header lines of a response as they came. Nearly every response is taken without a look at one of them, so they are taken apart only
/// when somebody asks: that spares a tenth of the instructions of a request.
package struct HTTPHead: Sendable {
  /// Each ends with LF, but perhaps the last.
  private(set) var lines: [UInt8] = []

  init() {}

  package init(_ headers: [HTTPHeader]) {
    for header in headers { lines += Array("\(header.name): \(header.value)\r\n".utf8) }
  }

  mutating func append(_ line: UnsafeRawBufferPointer) {
    if lines.isEmpty { lines.reserveCapacity(512) }
    lines.append(contentsOf: line)
  }
  mutating func removeAll() { lines.removeAll(keepingCapacity: true) }

  /// The value of the first header of this name, without the white space around it.
  package subscript(name: String) -> String? {
    for line in lines.split(separator: UInt8(ascii: "\n")) {
      if let header = Self.header(line), header.isNamed(name) { return header.value }
    }
    return nil
  }

  /// Nil for a line without a colon.
  static func header<Line: RandomAccessCollection<UInt8>>(_ line: Line) -> HTTPHeader? {
    guard let (name, value) = parts(line) else { return nil }
    return HTTPHeader(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
  }

  /// The same before texts are made of them.
  static func parts<Line: RandomAccessCollection<UInt8>>(_ line: Line) -> (name: Line.SubSequence, value: Line.SubSequence)? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    return (trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...]))
  }

  private static func trimmed<Part: RandomAccessCollection<UInt8>>(_ part: Part) -> Part where Part.SubSequence == Part {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    let start = part.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return start.prefix(0) }
    return start[...last]
  }
}
