import Synchronization

/// A request on its way to the thread, and whoever waits for its result.
final class Order: Sendable {
  typealias Outcome = Result<HTTPResponse, HTTPError>

  let request: HTTPRequest
  private let cancelled = Atomic(false)
  private let waiter = Mutex<CheckedContinuation<Outcome, Never>?>(nil)

  init(_ request: HTTPRequest) { self.request = request }

  /// Asked by the thread when it begins; a cancel that comes later is a message of its own.
  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
  func cancel() { cancelled.store(true, ordering: .releasing) }

  func willWake(_ continuation: CheckedContinuation<Outcome, Never>) { waiter.withLock { $0 = continuation } }

  /// Wakes the waiter, once.
  func end(_ outcome: Outcome) {
    let waiter = waiter.withLock { waiter in
      defer { waiter = nil }
      return waiter
    }
    waiter?.resume(returning: outcome)
  }
}
