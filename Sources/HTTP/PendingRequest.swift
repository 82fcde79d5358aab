import Synchronization

/// A request on its way to the thread.
final class PendingRequest: Sendable {
  typealias Outcome = Result<HTTPResponse, HTTPError>
  typealias Waiter = CheckedContinuation<Outcome, Never>

  let request: HTTPRequest
  private let cancelled = Atomic(false)

  init(_ request: HTTPRequest) { self.request = request }

  /// Asked by the thread when it begins; a cancel that comes later is a message of its own.
  var isCancelled: Bool { cancelled.load(ordering: .acquiring) }
  func cancel() { cancelled.store(true, ordering: .releasing) }
}
