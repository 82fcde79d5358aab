import System

/// The changes that wait for the store's thread, in their order.
final class ChangeQueue: Sendable {
  /// As many as may run at once, and as those that undo what was not delivered.
  static let mostTogether = 512

  private let waiting = Locked<[QueuedChange]>([])

  var count: Int { waiting.withLock { $0.count } }

  /// True if it is the first: then somebody must be called to take it.
  func add(_ change: QueuedChange) -> Bool {
    waiting.withLock { waiting in
      waiting.append(change)
      return waiting.count == 1
    }
  }

  /// The first ones that may be committed together, or one that may not. They stay until they are removed, so that nobody is called twice.
  func first() -> ArraySlice<QueuedChange> {
    waiting.withLock { waiting in
      let joining = waiting.prefix(Self.mostTogether).prefix { $0.joins }
      return joining.isEmpty ? waiting.prefix(1) : joining
    }
  }

  /// Takes out the first, which have ended. True if others wait.
  func removeFirst(_ count: Int) -> Bool {
    waiting.withLock { waiting in
      waiting.removeFirst(count)
      return !waiting.isEmpty
    }
  }
}
