import System

/// What the tasks of the process have to say to the thread.
final class Inbox: Sendable {
  enum Message {
    /// Whoever waits is resumed once, by whoever takes the message.
    case begin(PendingRequest, PendingRequest.Waiter)
    case cancel(PendingRequest)
    /// The connection of this number is not used again.
    case abandon(Int)
  }

  private struct State {
    var messages: [Message] = []
    var isStarted = false
    /// Set once the thread can be woken.
    var wake: (@Sendable () -> Void)?
    var isSignalled = false
  }

  private let state = Locked(State())

  /// True for whoever must start the thread.
  func put(_ message: Message) -> Bool {
    let (mustStart, wake) = state.withLock { state in
      // Only what begins a request starts the thread.
      if case .begin = message {} else if !state.isStarted { return (false, nil as (@Sendable () -> Void)?) }
      state.messages.append(message)
      defer {
        state.isStarted = true
        state.isSignalled = true
      }
      return (!state.isStarted, state.isSignalled ? nil : state.wake)
    }
    // Outside the lock, but it cannot be too late: the multi handle lives as long as the process.
    wake?()
    return mustStart
  }

  /// From now on the thread sleeps, and is woken so.
  func wake(by wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

  func take() -> [Message] {
    state.withLock { state in
      state.isSignalled = false
      defer { state.messages.removeAll(keepingCapacity: true) }
      return state.messages
    }
  }

  /// The thread could not begin: every request that waits ends so, and the next one tries again.
  func refuse(_ error: HTTPError) {
    let left = state.withLock { state in
      defer { state = State() }
      return state.messages
    }
    for case .begin(_, let waiter) in left { waiter.resume(returning: .failure(error)) }
  }
}
