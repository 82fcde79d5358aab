/// What has come of a response so far, within the limits.
struct IncomingResponse {
  private let settings: HTTPSettings
  private(set) var status = 0
  private(set) var headers: [HTTPHeader] = []
  private(set) var body: [UInt8] = []
  private(set) var headerBytes = 0
  private(set) var isTooLarge = false
  /// The empty line at the end of a head came. libcurl takes a head that was cut off for a whole one.
  private(set) var hasWholeHead = false
  /// It came over HTTP/2, whose streams no response can be mixed up between; nil before the status line.
  private(set) var isMultiplexed: Bool?

  init(_ settings: HTTPSettings) { self.settings = settings }

  /// The service has said no. However its reasons come, or do not: the status stands.
  var isRefusal: Bool { hasWholeHead && status >= 300 }

  private var bodyLimit: Int { isRefusal ? settings.refusalLimit : settings.bodyLimit }

  /// Returns how many bytes were taken; fewer than came end the transfer.
  mutating func take(body bytes: UnsafeRawBufferPointer) -> Int {
    guard body.count + bytes.count <= bodyLimit else {
      // Of a refusal nobody reads more.
      isTooLarge = !isRefusal
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  mutating func take(header line: UnsafeRawBufferPointer) -> Int {
    headerBytes += line.count
    guard headerBytes <= settings.headerLimit else {
      isTooLarge = true
      return 0
    }
    if line.starts(with: Array("HTTP/".utf8)) {
      begin(line)
    } else if line.elementsEqual(Array("\r\n".utf8)) || line.elementsEqual(Array("\n".utf8)) {
      hasWholeHead = true
      isTooLarge = !isRefusal && promisesTooMuch
      return isTooLarge ? 0 : line.count
    }
    if let header = Self.header(line) { headers.append(header) }
    return line.count
  }

  /// A status line. What stood before it belonged to an interim response.
  private mutating func begin(_ line: UnsafeRawBufferPointer) {
    (headers, hasWholeHead) = ([], false)
    let words = line.split(separator: UInt8(ascii: " "))
    status = words.dropFirst().first.flatMap { Int(String(decoding: $0.prefix(3), as: UTF8.self)) } ?? 0
    isMultiplexed = line.starts(with: Array("HTTP/2".utf8))
  }

  private var promisesTooMuch: Bool {
    headers.contains { header in
      guard header.isNamed("Content-Length"), !header.value.isEmpty, header.value.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
        return false
      }
      return Int(header.value).map { $0 > settings.bodyLimit } ?? true
    }
  }

  private static func header(_ line: UnsafeRawBufferPointer) -> HTTPHeader? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    func trimmed(_ part: Slice<UnsafeRawBufferPointer>) -> String {
      let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
      let start = part.drop(while: isSpace)
      let end = start.lastIndex { !isSpace($0) }.map { start[...$0] } ?? start[start.endIndex...]
      return String(decoding: end, as: UTF8.self)
    }
    return HTTPHeader(trimmed(line[..<colon]), trimmed(line[(colon + 1)...]))
  }
}
