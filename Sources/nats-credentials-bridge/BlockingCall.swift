import Credentials
import System

/// Runs something asynchronous and blocks until it is done: for commands that serve nobody meanwhile.
final class BlockingCall<Value: Sendable>: Sendable {
  private let result = Monitor<Value?>(nil)
  private let thread = DedicatedThread()

  /// `body` is given the executor of its tasks; after so many milliseconds it is cancelled, and must then end. Once only.
  func run(atMost milliseconds: Int, _ body: @escaping @Sendable (DedicatedThread) async -> Value) -> Value {
    let task = Task(executorPreference: thread) { [self] in
      let value = await body(thread)
      result.change { $0 = value }
    }
    thread.run(afterMilliseconds: milliseconds) { task.cancel() }
    return result.wait(until: { _ in nil }, for: { $0 })
  }
}
