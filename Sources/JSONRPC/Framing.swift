import JSON

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Cuts a stream of bytes into lines. LF ends a line, a CR before it is white space to JSON; lines of white space only are passed over, a
/// byte order mark is skipped at the start of the stream only, and a last line needs no LF. A line over the limit is skipped as it
/// comes, never stored.
package struct Framing {
  package enum Next: Equatable {
    /// The place of a line in `bytes`, valid until the next call.
    case line(Range<Int>)
    case tooLong
    case needsMore
    case end
  }

  private static let readSize = 64 << 10

  private let buffer: LineBuffer
  /// What is here and not judged: `start..<filled` of the buffer.
  private var start = 0
  private var filled = 0
  private var searched = 0
  private var isSkipping = false
  private var isFirst = true
  private var hasEnded = false
  private let limit: Int

  /// `room` is more room than a line at its limit needs, for what is there from the start.
  package init(limit: Int = Limits.lineBytes, room: Int = 0) {
    self.limit = limit
    buffer = LineBuffer(byteCount: limit + room + 2 * Self.readSize)
  }

  /// Bytes that are here and not judged.
  package var waiting: Int { filled - start }

  /// The bytes of a line that `next` gave. A closure of the session's own that went straight to the standard library would have its
  /// executor checked at each line.
  package func withBytes<Result>(of line: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    body(UnsafeRawBufferPointer(rebasing: buffer.bytes[line]))
  }

  /// Of less it is not worth the call.
  static let longPart = 1 << 18

  /// A long line that was judged, or a long part of one, costs memory no more.
  func giveBack(_ part: Range<Int>) { if part.count > Self.longPart { buffer.giveBack(part) } }

  /// Where the next bytes may be put, at least one read's worth; valid until the next call.
  mutating func room() -> UnsafeMutableRawBufferPointer {
    let waiting = filled - start
    // Moved seldom enough that a long line is moved at most once in all.
    if start > 0, waiting == 0 || start > waiting || buffer.bytes.count - filled < Self.readSize {
      buffer.move(start..<filled)
      searched -= start
      (start, filled) = (0, waiting)
    }
    return UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled..<min(filled + Self.readSize, buffer.bytes.count)])
  }

  /// So many bytes were put where `room` said.
  mutating func append(_ count: Int) { filled += count }

  package mutating func append(_ chunk: UnsafeRawBufferPointer) {
    var left = chunk
    while !left.isEmpty {
      let room = room()
      precondition(!room.isEmpty, "more was put in than there is room for, and no line was taken out")
      let count = min(room.count, left.count)
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: left[..<count]))
      filled += count
      left = UnsafeRawBufferPointer(rebasing: left[count...])
    }
  }

  package mutating func end() { hasEnded = true }

  package mutating func next() -> Next {
    while true {
      if isFirst, !skipByteOrderMark() { return .needsMore }
      let lineEnd = findLineFeed()
      if lineEnd == nil, !hasEnded {
        guard filled - start > limit else { return .needsMore }
        let isNews = !isSkipping
        isSkipping = true
        dropAll()
        if isNews { return .tooLong }
        return .needsMore
      }
      let line = start..<(lineEnd ?? filled)
      if lineEnd == nil, line.isEmpty { return .end }
      start = min(line.upperBound + 1, filled)
      searched = start
      if isSkipping { isSkipping = false } else if line.count > limit { return .tooLong } else if !isBlank(line) { return .line(line) }
    }
  }

  private mutating func dropAll() {
    giveBack(start..<filled)
    (start, filled, searched) = (0, 0, 0)
  }

  /// False while too few bytes are here to tell.
  private mutating func skipByteOrderMark() -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let seen = buffer.bytes[start..<filled].prefix(3)
    if seen.count < 3, !hasEnded, mark.starts(with: seen) { return false }
    if seen.elementsEqual(mark) { start += 3 }
    searched = start
    isFirst = false
    return true
  }

  private mutating func findLineFeed() -> Int? {
    guard searched < filled, let base = buffer.bytes.baseAddress, let hit = memchr(base + searched, 0x0A, filled - searched) else {
      searched = filled
      return nil
    }
    searched = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
    return searched
  }

  /// A LF cannot stand in it.
  private func isBlank(_ line: Range<Int>) -> Bool {
    UnsafeRawBufferPointer(rebasing: buffer.bytes[line]).endOfWhiteSpace(from: 0) == line.count
  }
}
