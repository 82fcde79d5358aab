#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What was read of the wire. A `MessageCutter` cuts messages off its unread bytes; these stay where they are until more is read.
///
/// Has room for the longest message from the start, because what is never touched costs nothing; an array would be twice as large as what
/// it holds, and be there twice each time it grew.
package struct InputBuffer: ~Copyable {
  private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))
  private static let readSize = 64 << 10
  /// Of less it is not worth the call to give it back.
  static let longPart = 1 << 18

  private let bytes: UnsafeMutableRawBufferPointer
  /// What is here and not cut off: `start..<filled` of the bytes.
  private var start = 0
  private var filled = 0
  /// Nothing more will come.
  package private(set) var hasEnded = false

  /// `room` is more than the longest message needs, for what is there from the start.
  package init(longestMessage: Int, room: Int = 0) {
    let byteCount = longestMessage + room + 2 * Self.readSize
    bytes = .allocate(byteCount: (byteCount + Self.page - 1) / Self.page * Self.page, alignment: Self.page)
    #if canImport(Glibc)
      // Else the first message could cost two MiB where the system makes large pages of all memory.
      _ = madvise(bytes.baseAddress, bytes.count, MADV_NOHUGEPAGE)
    #endif
  }

  deinit { bytes.deallocate() }

  /// What no message was cut off of yet; valid until the next change.
  package var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[start..<filled]) }

  /// Cuts off the first of the unread bytes; they are valid until `room` is asked for.
  package mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
    let taken = UnsafeRawBufferPointer(rebasing: bytes[start..<start + count])
    start += count
    return taken
  }

  /// All that is unread belongs to a message that is skipped.
  package mutating func skipAll() {
    giveBack(unread)
    (start, filled) = (0, 0)
  }

  /// A long message that was judged, or a long part of one, costs memory no more: gives its whole pages back to the system. Best effort.
  func giveBack(_ part: UnsafeRawBufferPointer) {
    guard part.count > Self.longPart, let base = bytes.baseAddress, let partBase = part.baseAddress else { return }
    let start = partBase - UnsafeRawPointer(base)
    let first = (start + Self.page - 1) / Self.page * Self.page
    let end = (start + part.count) / Self.page * Self.page
    if first < end { _ = madvise(base + first, end - first, MADV_DONTNEED) }
  }

  /// Where the next bytes may be put, at least one read's worth; valid until the next call.
  mutating func room() -> UnsafeMutableRawBufferPointer {
    let waiting = filled - start
    // Moved seldom enough that a long message is moved at most once in all.
    if start > 0, waiting == 0 || start > waiting || bytes.count - filled < Self.readSize {
      if let base = bytes.baseAddress { base.copyMemory(from: base + start, byteCount: waiting) }
      (start, filled) = (0, waiting)
    }
    return UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<min(filled + Self.readSize, bytes.count)])
  }

  /// So many bytes were put where `room` said.
  mutating func append(_ count: Int) { filled += count }

  package mutating func append(_ chunk: UnsafeRawBufferPointer) {
    var left = chunk
    while !left.isEmpty {
      let room = room()
      precondition(!room.isEmpty, "more was put in than there is room for, and no message was taken out")
      let count = min(room.count, left.count)
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: left[..<count]))
      filled += count
      left = UnsafeRawBufferPointer(rebasing: left[count...])
    }
  }

  package mutating func end() { hasEnded = true }
}
