/// A moment on the clock that never goes back, for waits that must end.
package struct Deadline: Sendable {
  private let end: Int

  package init(milliseconds: Int) { end = MonotonicClock.milliseconds + milliseconds }

  /// For `poll`; a millisecond is never cut off to nothing.
  package var remaining: Int32 { Int32(clamping: max(0, end - MonotonicClock.milliseconds)) }
  package var isOver: Bool { remaining == 0 }
}
