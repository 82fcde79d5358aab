import Credentials

/// A moment on the clock that never goes back, for waits that must end.
struct Deadline {
  private let end: Int

  init(milliseconds: Int) { end = monotonicMilliseconds() + milliseconds }

  /// For `poll`; a millisecond is never cut off to nothing.
  var remaining: Int32 { Int32(clamping: max(0, end - monotonicMilliseconds())) }
  var isOver: Bool { remaining == 0 }
}
