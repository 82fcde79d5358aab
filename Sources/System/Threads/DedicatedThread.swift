#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread that is the executor of one actor. What blocks (a database, a sync to disk) blocks here, never Swift's shared pool and
/// never the wire. It is made when the first job comes and lives as long as the process. Tasks the actor begins itself prefer it
/// (`Task(executorPreference:)`): without that, each continuation in them would be resumed by way of Swift's own pool.
package final class DedicatedThread: SerialExecutor, TaskExecutor, Sendable {
  private enum Item {
    case job(UnownedJob)
    case body(@Sendable () -> Void)
  }

  private struct Work {
    /// In their order.
    var items: [Item] = []
    /// What is to be done at some moment of the clock that never goes back.
    var timed: [(moment: Int, body: @Sendable () -> Void)] = []
    var isStarted = false
    var thread: pthread_t?

    /// All that is due; nil if nothing is.
    mutating func take() -> [Item]? {
      defer { items.removeAll(keepingCapacity: true) }
      if !timed.isEmpty {
        let now = MonotonicClock.milliseconds
        items += timed.filter { $0.moment <= now }.map { .body($0.body) }
        timed.removeAll { $0.moment <= now }
      }
      return items.isEmpty ? nil : items
    }
  }

  private let work = Monitor(Work())

  package init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    add { $0.items.append(.job(job)) }
  }

  /// Runs something on the thread, isolated to its actor, after a while. Not by a `Task` from outside the actor and not by `Task.sleep`:
  /// both use Swift's own pool, and from its first job on that wakes the process once a second for ever. Never earlier than it is said, though
  /// the clock leaves out what is less than a millisecond: a service that names a pause may count it exactly.
  package func run(afterMilliseconds pause: Int = 0, _ body: @escaping @Sendable () -> Void) {
    add { pause > 0 ? $0.timed.append((MonotonicClock.milliseconds + pause + 1, body)) : $0.items.append(.body(body)) }
  }

  package func sleep(milliseconds: Int) async {
    await withCheckedContinuation { continuation in run(afterMilliseconds: milliseconds) { continuation.resume() } }
  }

  /// As `sleep`, but a cancelled task wakes at once.
  package func sleepUnlessCancelled(milliseconds: Int) async {
    let alarm = Alarm()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        alarm.set(continuation)
        run(afterMilliseconds: milliseconds) { alarm.ring() }
      }
    } onCancel: {
      alarm.ring()
    }
  }

  private func add(_ change: (inout Work) -> Void) {
    let mustStart = work.change { work in
      defer { work.isStarted = true }
      change(&work)
      return !work.isStarted
    }
    if mustStart { start() }
  }

  /// An actor without its thread can neither answer nor say that it cannot, so the process ends: by a line and EX_OSERR, not by a signal.
  /// To try again at the next job would leave the requests hanging until their deadlines, and then tell the wrong reason.
  private func start() {
    do throws(SystemError) { try DetachedThread.begin { self.run() } } catch {
      StandardError.write(error.message, of: StandardError.programName)
      _exit(71)
    }
  }

  package func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "not on the actor's own thread")
  }

  package func isIsolatingCurrentContext() -> Bool? {
    work.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  private func run() {
    work.withLock { $0.thread = pthread_self() }
    while true {
      for item in work.wait(until: { $0.timed.map(\.moment).min() }, for: { $0.take() }) {
        switch item {
        case .job(let job): job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        case .body(let body): body()
        }
      }
    }
  }
}
