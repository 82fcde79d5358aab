import System

/// Milliseconds that deadlines are counted in. It stands still while waiting output keeps requests from starting: what nobody can
/// read cannot come too late.
struct SessionClock {
  private var stoodStill = 0
  private var stoppedAt: Int?

  var isStopped: Bool { stoppedAt != nil }
  var now: Int { (stoppedAt ?? MonotonicClock.milliseconds) - stoodStill }

  mutating func stop() {
    if stoppedAt == nil { stoppedAt = MonotonicClock.milliseconds }
  }

  mutating func goOn() {
    guard let since = stoppedAt else { return }
    stoodStill += MonotonicClock.milliseconds - since
    stoppedAt = nil
  }
}
