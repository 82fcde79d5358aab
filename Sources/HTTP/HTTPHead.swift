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
  static func header(_ line: some RandomAccessCollection<UInt8>) -> HTTPHeader? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    return HTTPHeader(trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...]))
  }

  private static func trimmed(_ part: some RandomAccessCollection<UInt8>) -> String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    let start = part.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(decoding: start[...last], as: UTF8.self)
  }
}
