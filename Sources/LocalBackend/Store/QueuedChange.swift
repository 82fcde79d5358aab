import Credentials
import Synchronization
import System

/// A change of the store from its request to its end. Whoever waits for it may give it up, from any thread, until it has begun.
final class QueuedChange: Sendable {
  private enum State {
    /// Nobody waits yet.
    case new
    case waiting(CheckedContinuation<CredentialsError?, Never>)
    case begun(CheckedContinuation<CredentialsError?, Never>, isGivenUp: Bool)
    case ended
  }

  /// Whether it may be committed together with others.
  let joins: Bool
  /// Whether it may use up the space that is kept for deletions.
  let usesReserve: Bool
  private let body: @Sendable (OpenStore) throws(StoreProblem) -> Void
  private let state = Locked(State.new)

  init(joins: Bool, usesReserve: Bool, _ body: @escaping @Sendable (OpenStore) throws(StoreProblem) -> Void) {
    self.joins = joins
    self.usesReserve = usesReserve
    self.body = body
  }

  /// False if it was given up before: then its end is told.
  func wait(_ continuation: CheckedContinuation<CredentialsError?, Never>) -> Bool {
    let waits = state.withLock { state in
      guard case .new = state else { return false }
      state = .waiting(continuation)
      return true
    }
    if !waits { continuation.resume(returning: .cancelled) }
    return waits
  }

  /// One that has begun goes on to its true end, unless it is taken back.
  func giveUp() {
    let waiting = state.withLock { state -> CheckedContinuation<CredentialsError?, Never>? in
      switch state {
      case .new: state = .ended
      case .waiting(let continuation):
        state = .ended
        return continuation
      case .begun(let continuation, _): state = .begun(continuation, isGivenUp: true)
      case .ended: break
      }
      return nil
    }
    waiting?.resume(returning: .cancelled)
  }

  /// Whether nobody waits for it any more.
  var hasEnded: Bool { state.withLock { if case .ended = $0 { true } else { false } } }

  /// Inside a transaction. True if it is to run, or runs once more.
  func begin() -> Bool {
    state.withLock { state in
      switch state {
      case .waiting(let continuation):
        state = .begun(continuation, isGivenUp: false)
        return true
      case .begun: return true
      case .new, .ended: return false
      }
    }
  }

  /// Inside a transaction, once it has begun.
  func run(_ store: OpenStore) throws(StoreProblem) { try body(store) }

  /// What it did was undone. It waits again, or ends if it was given up meanwhile.
  func takeBack() {
    let givenUp = state.withLock { state -> CheckedContinuation<CredentialsError?, Never>? in
      guard case .begun(let continuation, let isGivenUp) = state else { return nil }
      state = isGivenUp ? .ended : .waiting(continuation)
      return isGivenUp ? continuation : nil
    }
    givenUp?.resume(returning: .cancelled)
  }

  /// Tells whoever waits how it ended; nil: well.
  func end(_ error: CredentialsError?) {
    let waiting = state.withLock { state -> CheckedContinuation<CredentialsError?, Never>? in
      defer { state = .ended }
      switch state {
      case .waiting(let continuation), .begun(let continuation, _): return continuation
      case .new, .ended: return nil
      }
    }
    waiting?.resume(returning: error)
  }
}
