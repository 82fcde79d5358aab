/// Wakes one sleeper once, whoever rings first, and also if it rang before anybody slept.
final class Alarm: Sendable {
  private enum State {
    case unset
    case set(CheckedContinuation<Void, Never>)
    case rung
  }

  private let state = Locked(State.unset)

  func set(_ sleeper: CheckedContinuation<Void, Never>) {
    let hasRung = state.withLock { state in
      if case .rung = state { return true }
      state = .set(sleeper)
      return false
    }
    if hasRung { sleeper.resume() }
  }

  func ring() {
    let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .rung }
      if case .set(let sleeper) = state { return sleeper }
      return nil
    }
    sleeper?.resume()
  }
}
