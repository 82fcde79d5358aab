import Credentials
import NATSAuth
import Synchronization
import System

/// The one place that compares what should be, which the store says, with what is, in the files and on the nats-servers, and mends the
/// difference: one account at a time and of all processes one at a time, and goes on with what is pending while anybody serves. An actor
/// on a thread of its own, because sockets block.
actor Reconciler {
  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let store: LocalStore
  /// Of its own: reading many files must not hold up the question of how things stand.
  private let filesReader = StatusReader()
  private let warn: @Sendable (String) -> Void
  /// Who waits for which account's claims. Whoever comes before a push reads its claims is served by that push.
  private var waiters: [String: [Waiter]] = [:]
  private var queue: [String] = []
  private var isPushing = false
  private var isRetrying = false
  private nonisolated let hasLookedAtFiles = Atomic(false)
  private var hasWarnedOfClock = false
  /// Who listened on this machine when a ports file was waited for last.
  private var lastListeners: Listeners?

  private struct Waiter {
    let continuation: CheckedContinuation<PushReport, Never>
    /// Whether somebody is told what is left to do, which must then outlive a power cut.
    let isTold: Bool
  }

  private static let lockMilliseconds = 3_000
  private static let firstPause = 100
  /// Short enough that what is pending drains within two seconds of a server's return.
  private static let longestPause = 1_200
  /// How long a server may take from reading claims to listening. Later ones are told at the next request or start.
  private static let listenMilliseconds = 30_000
  private static let clockMilliseconds: Int64 = 30_000

  init(store: LocalStore, warn: @escaping @Sendable (String) -> Void) {
    self.store = store
    self.warn = warn
  }

  /// Tells the servers of an account's newest claims, if any are due; what is left goes on by itself.
  func push(_ account: String) async -> PushReport {
    let report = await enqueue(account, isTold: true)
    if report.leavesSomething { retryWhatIsPending() }
    return report
  }

  /// Goes on with what is pending, beside whatever else is done.
  nonisolated func goOn() { thread.run { self.assumeIsolated { $0.retryWhatIsPending() } } }

  /// Looks at every file of resolver/, the first time it is called, beside whatever else is done; after a pause where the first request was
  /// answered in place, and the store is not open yet.
  nonisolated func lookAtFilesOnce(afterMilliseconds pause: Int = 0) {
    // Every request comes by here: only the first may cost something.
    guard !hasLookedAtFiles.exchange(true, ordering: .relaxed) else { return }
    thread.run(afterMilliseconds: pause) {
      self.assumeIsolated { own in
        _ = Task(executorPreference: own.thread) { await own.mendFiles(openingStore: pause > 0) }
      }
    }
  }

  private func mendFiles(openingStore: Bool) async {
    // All files first: a push may wait for a server, and a server that starts reads files.
    var accounts: Set<String> = []
    do throws(CredentialsError) {
      // That brings the files of the folder itself in order.
      if openingStore { _ = try await store.place() }
      for difference in try await filesReader.differences(of: store.settings, store.inputs, withUnwritten: false) {
        // A server writes its files in two steps: what seemed truncated may be whole by now.
        let changed = try await store.mend(difference)
        if !changed.isEmpty { warn("resolver/: \(difference.text); fixing it") }
        accounts.formUnion(changed)
      }
    } catch {
      warn("the files of resolver/ could not be checked: \(error.message)")
    }
    for account in accounts.sorted() { _ = await push(account) }
  }

  /// Goes on until nothing is pending, in pauses that grow. Does nothing if that is under way.
  private func retryWhatIsPending() {
    guard !isRetrying else { return }
    isRetrying = true
    Task(executorPreference: thread) { await self.retry() }
  }

  private func retry() async {
    let listening = Deadline(milliseconds: Self.listenMilliseconds)
    var pause = Self.firstPause
    do throws(CredentialsError) {
      while let round = try await retryOnce() {
        if round == .wentOn { continue }
        if round == .nobodyListens, listening.isOver { break }
        await thread.sleep(milliseconds: pause)
        pause = min(pause * 2, Self.longestPause)
      }
    } catch {
      warn("pending pushes cannot continue: \(error.message)")
    }
    isRetrying = false
  }

  private enum Round { case wentOn, isStuck, nobodyListens }

  /// Nil if there is nothing left to tell.
  private func retryOnce() async throws(CredentialsError) -> Round? {
    let (pending, later) = try await store.reading { store throws(StoreProblem) in
      (try store.pendingAccounts(), Set(try store.unheardAccounts()).union(try store.purgingAccounts()))
    }
    if pending.isEmpty, later.isEmpty {
      try await store.transact { store throws(StoreProblem) in try store.forgetMark() }
      return nil
    }
    var round = Round.wentOn
    for account in pending where !(await enqueue(account)).isDone { round = .isStuck }
    // The rows of a closed account go in steps, one a push; nobody waits in between.
    if round == .wentOn, !pending.isEmpty { return round }
    for account in later.subtracting(pending).sorted() {
      let report = await enqueue(account)
      if report.nobodyListens { return round == .wentOn ? .nobodyListens : round }
      if !report.isDone || report.isPurged == false { round = .isStuck }
    }
    return round
  }

  private func enqueue(_ account: String, isTold: Bool = false) async -> PushReport {
    await withCheckedContinuation { continuation in
      if waiters[account] == nil { queue.append(account) }
      waiters[account, default: []].append(Waiter(continuation: continuation, isTold: isTold))
      guard !isPushing else { return }
      isPushing = true
      Task(executorPreference: thread) { await self.work() }
    }
  }

  private func work() async {
    while let account = queue.first {
      queue.removeFirst()
      let served = waiters.removeValue(forKey: account) ?? []
      let report = await pushOnce(account)
      warnOfClock(report)
      if report.leavesSomething, served.contains(where: \.isTold) { await syncMarks() }
      for waiter in served { waiter.continuation.resume(returning: report) }
    }
    isPushing = false
  }

  private func syncMarks() async {
    do throws(CredentialsError) { try await store.syncMarks() } catch {
      warn("the mark of what is pending could not be synced: \(error.message)")
    }
  }

  private func warnOfClock(_ report: PushReport) {
    let differences = report.acknowledged.values.compactMap(\.clockDifference)
    guard !hasWarnedOfClock, let worst = differences.max(by: { $0.magnitude < $1.magnitude }), worst.magnitude > Self.clockMilliseconds
    else { return }
    hasWarnedOfClock = true
    warn("the nats-server's clock and this machine's differ by \(worst.magnitude / 1000) s")
  }

  /// What is due, with its file written: another process may have committed it and be about to write it. Settling nothing writes it.
  private func nextPush(of account: String) async throws(CredentialsError) -> (order: PushOrder, isWritten: Bool)? {
    for isSecond in [false, true] {
      let due = try await store.reading { store throws(StoreProblem) in try store.duePush(account) }
      guard let due, !due.isWritten, !isSecond else { return due }
      try await store.transact(usingReserve: due.order.isRevoking) { _ in }
    }
    return nil
  }

  private func lock(_ folder: StateDirectory) throws(CredentialsError) -> Int32? {
    do throws(StoreProblem) { return try folder.pushLock(Deadline(milliseconds: Self.lockMilliseconds)) } catch {
      throw error.credentialsError(outcome: .none)
    }
  }

  /// The lock between processes is held over the awaits on purpose: claims are read, pushed and recorded under it, or an older token
  /// could arrive after a newer one. In this process nobody else asks for it: `work` runs once at a time.
  private func pushOnce(_ account: String) async -> PushReport {
    do throws(CredentialsError) {
      let begun = try await store.beginPush(of: account)
      let (folder, addresses) = begun.place
      let lock = if let lock = begun.lock { lock } else { try lock(folder) }
      guard let lock else { return PushReport("?", ServerProblem(.busy, "another bridge is pushing")) }
      defer { StateDirectory.release(lock) }
      var due = begun.due
      if begun.lock != nil, due == nil { return .done }
      // A server's newer claims are merged and pushed again; a server that always has newer ones is none of ours.
      for isLast in [false, false, true] {
        if due?.isWritten != true { due = try await nextPush(of: account) }
        guard let (order, isWritten) = due else { return .done }
        due = nil
        // While nobody new listens there is no new ports file to wait for: many may be deleted where no server runs.
        let listeners = Listeners()
        let awaitsPorts = !listeners.areSame(as: lastListeners)
        let report = ClaimsPush(
          order: order, addresses: addresses, portsFolder: folder.path, isWritten: isWritten, awaitsPorts: awaitsPorts,
          inbox: order.system.key.publicKey.text,
          now: store.inputs.now
        ).run()
        if awaitsPorts, report.nobodyListens { lastListeners = listeners }
        let isAnew = report.isStale && !isLast
        if isAnew,
          try await store.transact(usingReserve: order.isRevoking, { store throws(StoreProblem) in try store.commitAnew(account) })
        {
          continue
        }
        if report.newer.isEmpty {
          try await store.end(order, report)
          return report
        }
        try await store.transact(usingReserve: order.isRevoking) { store throws(StoreProblem) in
          for token in report.newer { try store.merge(fromServer: token, into: account) }
        }
      }
      return PushReport("?", ServerProblem(.rejected, "the server has newer claims again and again"))
    } catch {
      return PushReport("?", ServerProblem(.store, error.message))
    }
  }
}
