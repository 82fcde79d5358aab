import Credentials
import System

/// The clock that attempts, waits and limits are counted on, and chance, as arguments.
package struct RetryClock: Sendable {
  /// Milliseconds of a clock that never goes back.
  let now: @Sendable () -> Int
  /// From 0 to 1.
  let chance: @Sendable () -> Double
  /// Returns early when the task is cancelled.
  let sleep: @Sendable (Int) async -> Void
  private let executor: any TaskExecutor

  package init(
    on executor: any TaskExecutor, now: @escaping @Sendable () -> Int, chance: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Int) async -> Void
  ) {
    self.executor = executor
    self.now = now
    self.chance = chance
    self.sleep = sleep
  }

  /// The real ones. `executor` runs what goes on after a cancel; waits have a thread of their own, made at the first.
  package static func real(on executor: any TaskExecutor) -> RetryClock {
    let thread = DedicatedThread()
    return RetryClock(
      on: executor, now: { MonotonicClock.milliseconds }, chance: { Double.random(in: 0..<1) },
      sleep: { await thread.sleepUnlessCancelled(milliseconds: $0) })
  }

  /// Runs `body` to its end even where the caller's task is cancelled; after so many milliseconds it is cancelled itself.
  func uncancelled<Value: Sendable>(atMost milliseconds: Int, _ body: @escaping @Sendable () async -> Value) async -> Value {
    // What the caller's request has for it no longer holds.
    let own = CallContext(endsAt: now() + milliseconds)
    let task = Task(executorPreference: executor) { await own.run { await body() } }
    let watch = Task(executorPreference: executor) { [sleep] in
      await sleep(milliseconds)
      task.cancel()
    }
    defer { watch.cancel() }
    return await task.value
  }
}
