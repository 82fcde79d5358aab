import Synchronization

#if canImport(Glibc)
  package import Glibc
#else
  package import Darwin
#endif

/// The wire's thread as the executor of the session: it sleeps in `poll` on the wire and on a wake pipe, and runs the session's jobs in
/// between. Nothing that blocks may run on it, but for what a session knows to be short. Its requests' tasks prefer it: what belongs to no actor, and every continuation that is
/// resumed, would else take the way over Swift's own pool, which is slow and from its first job on wakes the process once a second.
package final class PollLoop: SerialExecutor, TaskExecutor, Sendable {
  fileprivate struct Jobs {
    var waiting: [UnownedJob] = []
    var isSignalled = false
    var thread: pthread_t?
  }

  private let jobs = Locked(Jobs())
  /// Whether any wait, for a look without the lock: most turns of the loop have none. Set and lowered under it.
  private let haveJobs = Atomic(false)
  private let wakeReadEnd: Int32
  /// One byte a signal, its number, may be written here from a signal handler; the session reads them as its own.
  package let signalDescriptor: Int32

  /// Nil, with `errno`, if the system has no pipe to give: nothing would wake the wire's thread.
  package init?() {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      // Our own pipe: nobody shares its description.
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (wakeReadEnd, signalDescriptor) = (ends[0], ends[1])
  }

  deinit {
    close(wakeReadEnd)
    close(signalDescriptor)
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let mustWake = jobs.withLock { jobs in
      jobs.waiting.append(job)
      haveJobs.store(true, ordering: .releasing)
      return jobs.wakes()
    }
    if mustWake { writeWakeByte() }
  }

  /// Makes the loop look around, from any thread.
  package func wake() {
    if jobs.withLock({ $0.wakes() }) { writeWakeByte() }
  }

  private func writeWakeByte() {
    var zero: UInt8 = 0
    _ = write(signalDescriptor, &zero, 1)
  }

  package func checkIsolated() {
    precondition(isIsolatingCurrentContext() == true, "not on the wire's thread")
  }

  package func isIsolatingCurrentContext() -> Bool? {
    jobs.withLock { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
  }

  /// From now on the calling thread is the loop's.
  package func adoptThread() {
    jobs.withLock { $0.thread = pthread_self() }
  }

  /// Jobs this thread gave itself write no wake byte, so they are asked for before it sleeps.
  package var hasJobs: Bool { haveJobs.load(ordering: .acquiring) }

  package func runJobs() {
    while hasJobs {
      let batch = jobs.withLock { jobs in
        defer { jobs.waiting.removeAll(keepingCapacity: true) }
        haveJobs.store(false, ordering: .releasing)
        return jobs.waiting
      }
      for job in batch { job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor()) }
    }
  }

  /// Sleeps until one of the descriptors is ready, a job or signal comes, or the time is over; nil sleeps for ever. Gives the signals.
  /// The last of the pollers is the loop's own, and set here.
  package func sleep(_ pollers: inout [pollfd], milliseconds: Int?) -> [Int32] {
    let own = pollers.count - 1
    pollers[own] = pollfd(fd: wakeReadEnd, events: Int16(POLLIN), revents: 0)
    let limit = milliseconds.map { Int32(clamping: $0) } ?? -1
    let ready = poll(&pollers, nfds_t(pollers.count), limit)
    if ready < 0 { for index in pollers.indices { pollers[index].revents = 0 } }
    return ready > 0 && pollers[own].revents != 0 ? readWakeBytes() : []
  }

  private func readWakeBytes() -> [Int32] {
    var signals: [Int32] = []
    var buffer = [UInt8](repeating: 0, count: 64)
    // Less than fits is all there was; what comes after it wakes the next poll.
    while case let count = read(wakeReadEnd, &buffer, buffer.count), count > 0 {
      for byte in buffer.prefix(count) where byte != 0 { signals.append(Int32(byte)) }
      if count < buffer.count { break }
    }
    // Lowered after the bytes are read and before the jobs are taken: what came until now is taken by the loop, what comes later wakes
    // again. Lowered before the reading, a byte written in between was eaten with its flag left up, and no job ever woke the loop again.
    jobs.withLock { $0.isSignalled = false }
    return signals
  }
}

extension PollLoop.Jobs {
  /// True once until the wake byte is read. On the loop's own thread no byte is needed: it looks at its jobs before it sleeps.
  fileprivate mutating func wakes() -> Bool {
    if let thread, pthread_equal(thread, pthread_self()) != 0 { return false }
    if isSignalled { return false }
    isSignalled = true
    return true
  }
}
