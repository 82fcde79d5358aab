import Credentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs something asynchronous and blocks until it is done: for commands that serve nobody meanwhile.
final class BlockingCall<Value: Sendable>: Sendable {
  private let result = Mutex<Value?>(nil)
  private let thread = DedicatedThread()
  private let readEnd: Int32
  private let writeEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    let status = pipe(&ends)
    precondition(status == 0, "no pipe to wait on")
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// `body` is given the executor of its tasks; after so many milliseconds it is cancelled, and must then end. Once only.
  func run(atMost milliseconds: Int, _ body: @escaping @Sendable (DedicatedThread) async -> Value) -> Value? {
    let task = Task(executorPreference: thread) { [self] in
      let value = await body(thread)
      result.withLock { $0 = value }
      var byte: UInt8 = 0
      _ = write(writeEnd, &byte, 1)
    }
    thread.run(afterMilliseconds: milliseconds) { task.cancel() }
    var byte: UInt8 = 0
    while read(readEnd, &byte, 1) < 0, errno == EINTR {}
    return result.withLock { $0 }
  }
}
