package import System

/// Where responses are read: small ones in place, large ones on a thread of their own, so that the wire's serves everybody else meanwhile.
package struct ResponseExecutor: Sendable {
  private let thread: DedicatedThread
  /// Of so many bytes the hop to the thread would cost more than it saves.
  private static let bytesInPlace = 16 << 10

  package init(on thread: DedicatedThread) { self.thread = thread }

  /// Returns what `body` makes of a response of so many bytes.
  func run<Value: Sendable>(byteCount: Int, _ body: @escaping @Sendable () -> Value) async -> Value {
    if byteCount <= Self.bytesInPlace { return body() }
    return await withCheckedContinuation { continuation in thread.run { continuation.resume(returning: body()) } }
  }
}
