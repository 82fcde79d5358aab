#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Milliseconds that deadlines are counted in. It stands still while waiting output keeps requests from starting: what nobody can
/// read cannot come too late.
struct SessionClock {
  private var stoodStill = 0
  private var stoppedAt: Int?

  /// Of the system, always running.
  static var monotonic: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  var isStopped: Bool { stoppedAt != nil }
  var now: Int { (stoppedAt ?? Self.monotonic) - stoodStill }

  mutating func stop() {
    if stoppedAt == nil { stoppedAt = Self.monotonic }
  }

  mutating func goOn() {
    guard let since = stoppedAt else { return }
    stoodStill += Self.monotonic - since
    stoppedAt = nil
  }
}
