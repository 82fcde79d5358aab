import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread that is the executor of one actor. What blocks (a database, a sync to disk) blocks here, never Swift's shared pool and
/// never the wire. It is made when the first job comes and lives as long as the process.
package final class DedicatedThread: SerialExecutor, Sendable {
  private struct Work {
    var jobs: [UnownedJob] = []
    var isStarted = false
    var thread: pthread_t?
  }

  private let work = Mutex(Work())
  private let wake = WakeUp()

  package init() {}

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustStart = work.withLock { work in
      defer { work.isStarted = true }
      work.jobs.append(job)
      return !work.isStarted
    }
    if mustStart { start() }
    wake.signal()
  }

  private func start() {
    var thread = pthread_t(bitPattern: 0)
    let status = pthread_create(&thread, nil, runDedicatedThread, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "the system gives no more threads")
    pthread_detach(thread)
  }

  package func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "not on the actor's own thread")
  }

  package func isIsolatingCurrentContext() -> Bool? {
    work.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  fileprivate func run() {
    work.withLock { $0.thread = pthread_self() }
    while true {
      wake.wait()
      let jobs = work.withLock { work in
        defer { work.jobs.removeAll(keepingCapacity: true) }
        return work.jobs
      }
      for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
    }
  }
}

#if canImport(Glibc)
  private func runDedicatedThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<DedicatedThread>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
  }
#else
  private func runDedicatedThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<DedicatedThread>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#endif
