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

  package private(set) var bytes: [UInt8] = []
  private var start = 0
  private var searched = 0
  private var isSkipping = false
  private var isFirst = true
  private var hasEnded = false
  private let limit: Int

  package init(limit: Int = Limits.lineBytes) { self.limit = limit }

  /// The bytes of a line that `next` gave. A closure of the session's own that went straight to the standard library would have its
  /// executor checked at each line.
  func withBytes<Result>(of line: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[line])) }
  }

  package mutating func append(_ chunk: UnsafeRawBufferPointer) {
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
      (start, searched) = (0, 0)
    } else if start > 1 << 16, start > bytes.count / 2 {
      bytes.removeSubrange(..<start)
      searched -= start
      start = 0
    }
    // As bytes, not as raw memory, which would be copied one by one.
    bytes.append(contentsOf: chunk.assumingMemoryBound(to: UInt8.self))
  }

  package mutating func end() { hasEnded = true }

  package mutating func next() -> Next {
    while true {
      if isFirst, !skipByteOrderMark() { return .needsMore }
      let lineEnd = findLineFeed()
      if lineEnd == nil, !hasEnded {
        guard bytes.count - start > limit else { return .needsMore }
        let isNews = !isSkipping
        isSkipping = true
        dropAll()
        if isNews { return .tooLong }
        return .needsMore
      }
      let line = start..<(lineEnd ?? bytes.count)
      if lineEnd == nil, line.isEmpty { return .end }
      start = min(line.upperBound + 1, bytes.count)
      searched = start
      if isSkipping {
        isSkipping = false
      } else if line.count > limit {
        return .tooLong
      } else if !isBlank(line) {
        return .line(line)
      }
    }
  }

  private mutating func dropAll() {
    bytes = []
    (start, searched) = (0, 0)
  }

  /// False while too few bytes are here to tell.
  private mutating func skipByteOrderMark() -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let seen = bytes[start...].prefix(3)
    if seen.count < 3, !hasEnded, mark.starts(with: seen) { return false }
    if seen.elementsEqual(mark) { start += 3 }
    searched = start
    isFirst = false
    return true
  }

  private mutating func findLineFeed() -> Int? {
    let found = bytes.withUnsafeBytes { buffer -> Int? in
      guard searched < buffer.count, let base = buffer.baseAddress else { return nil }
      guard let hit = memchr(base + searched, 0x0A, buffer.count - searched) else { return nil }
      return UnsafeRawPointer(hit) - base
    }
    searched = found ?? bytes.count
    return found
  }

  private func isBlank(_ line: Range<Int>) -> Bool {
    bytes[line].allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
