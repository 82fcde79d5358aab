import JSON

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// LF ends a line, a CR before it is white space to JSON; lines of white space only are passed over, a byte order mark is skipped at the
/// start of the stream only, and a last line needs no LF. A line over the limit is skipped as it comes, never stored.
struct LineCutter: MessageCutter {
  private let limit: Int
  /// So many of the unread bytes have no LF.
  private var searched = 0
  private var isSkipping = false
  private var isFirst = true

  init(limit: Int) { self.limit = limit }

  mutating func next(in input: inout InputBuffer) -> FramedMessage {
    while true {
      if isFirst, !skipByteOrderMark(in: &input) { return .needsMore }
      let lineEnd = findLineFeed(in: input)
      if lineEnd == nil, !input.hasEnded {
        guard input.unread.count > limit else { return .needsMore }
        let isNews = !isSkipping
        isSkipping = true
        searched = 0
        input.skipAll()
        return isNews ? .refused(tooLong) : .needsMore
      }
      let count = lineEnd ?? input.unread.count
      if lineEnd == nil, count == 0 { return .end }
      let line = input.take(count)
      if lineEnd != nil { _ = input.take(1) }
      searched = 0
      if isSkipping {
        isSkipping = false
      } else if count > limit {
        return .refused(tooLong)
      } else if !isBlank(line) {
        return .message(line)
      }
    }
  }

  private var tooLong: RPCError { RPCError(.messageTooLarge, "the line is longer than \(limit) bytes; the rest of it was skipped") }

  /// False while too few bytes are here to tell.
  private mutating func skipByteOrderMark(in input: inout InputBuffer) -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let seen = input.unread.prefix(3)
    if seen.count < 3, !input.hasEnded, mark.starts(with: seen) { return false }
    if seen.elementsEqual(mark) { _ = input.take(3) }
    isFirst = false
    return true
  }

  private mutating func findLineFeed(in input: borrowing InputBuffer) -> Int? {
    let unread = input.unread
    guard searched < unread.count, let base = unread.baseAddress, let hit = memchr(base + searched, 0x0A, unread.count - searched) else {
      searched = unread.count
      return nil
    }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  /// A LF cannot stand in it. The first byte of nearly every line tells.
  private func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    if let first = line.first, first > 0x20 { return false }
    return line.endOfWhiteSpace(from: 0) == line.count
  }
}
