/// What has come of a response so far, within the limits.
struct IncomingResponse {
  private let settings: HTTPSettings
  private(set) var status = 0
  private(set) var head = HTTPHead()
  private(set) var body: [UInt8] = []
  private(set) var headerBytes = 0
  private(set) var isTooLarge = false
  /// By a Content-Length of the head.
  private var promisesTooMuch = false
  /// The empty line at the end of a head came. libcurl takes a head that was cut off for a whole one.
  private(set) var hasWholeHead = false
  /// It came over HTTP/2, whose streams no response can be mixed up between; nil before the status line.
  private(set) var isMultiplexed: Bool?

  private static let mostReserved = 256 << 10

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
    if isEmpty(line) {
      hasWholeHead = true
      isTooLarge = !isRefusal && promisesTooMuch
      return isTooLarge ? 0 : line.count
    }
    if Self.isStatusLine(line) { begin(line) } else { note(line) }
    return line.count
  }

  private static func isStatusLine(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count >= 5 && line[0] == UInt8(ascii: "H") && line[1] == UInt8(ascii: "T") && line[2] == UInt8(ascii: "T")
      && line[3] == UInt8(ascii: "P") && line[4] == UInt8(ascii: "/")
  }

  private func isEmpty(_ line: UnsafeRawBufferPointer) -> Bool {
    line.count <= 2 && line.last == UInt8(ascii: "\n") && (line.count == 1 || line.first == UInt8(ascii: "\r"))
  }

  /// A status line. What stood before it belonged to an interim response.
  private mutating func begin(_ line: UnsafeRawBufferPointer) {
    head.removeAll()
    (hasWholeHead, promisesTooMuch) = (false, false)
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") }
    let digits = line.drop { !isSpace($0) }.drop(while: isSpace).prefix(3).prefix { !isSpace($0) }
    status = digits.allSatisfy { 0x30...0x39 ~= $0 } ? digits.reduce(0) { $0 * 10 + Int($1) - 0x30 } : 0
    isMultiplexed = line.count > 5 && line[5] == UInt8(ascii: "2")
  }

  private mutating func note(_ line: UnsafeRawBufferPointer) {
    head.append(line)
    // Others are told from Content-Length by two letters.
    guard line.count > 15, line[0] | 0x20 == UInt8(ascii: "c"), line[8] | 0x20 == UInt8(ascii: "l") else { return }
    guard let (name, value) = HTTPHead.parts(line), HTTPHeader.isNamed(name, "content-length"), !value.isEmpty else { return }
    guard value.allSatisfy({ 0x30...0x39 ~= $0 }) else { return }
    // No further than is too much: what a service promises may be larger than numbers are.
    let promised = value.reduce(0) { min($0, settings.bodyLimit + 1) * 10 + Int($1) - 0x30 }
    guard promised <= settings.bodyLimit else {
      promisesTooMuch = true
      return
    }
    // What grows as it comes is copied again and again; but no more is believed than a large page has.
    body.reserveCapacity(min(promised, Self.mostReserved))
  }
}
