#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A moment on the clock that never goes back, for waits that must end.
struct Deadline {
  private let end: Int

  init(milliseconds: Int) { end = Self.now + milliseconds }

  /// For `poll`; a millisecond is never cut off to nothing.
  var remaining: Int32 { Int32(clamping: max(0, end - Self.now)) }
  var isOver: Bool { remaining == 0 }

  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
