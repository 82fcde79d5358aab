import Credentials
import NATSAuth

/// Tells the nats-servers of new claims, one account at a time and of all processes one at a time, and goes on with what is pending
/// while anybody serves. An actor on a thread of its own, because sockets block.
actor ClaimsPusher {
  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let store: LocalStore
  private let warn: @Sendable (String) -> Void
  /// Who waits for which account's claims. Whoever comes before a push reads its claims is served by that push.
  private var waiters: [String: [CheckedContinuation<PushReport, Never>]] = [:]
  private var order: [String] = []
  private var isPushing = false
  private var isRetrying = false

  private static let lockMilliseconds = 3_000
  private static let firstPause = 100
  /// Short enough that what is pending drains within two seconds of a server's return.
  private static let longestPause = 1_200
  /// How long a server may take from reading claims to listening. Later ones are told at the next request or start.
  private static let listenMilliseconds = 30_000

  init(store: LocalStore, warn: @escaping @Sendable (String) -> Void) {
    self.store = store
    self.warn = warn
  }

  /// Tells the servers of an account's newest claims, if any are due; what is left goes on by itself.
  func push(_ account: String) async -> PushReport {
    let report = await enqueue(account)
    if !report.isDone || report.nobodyListens { retryWhatIsPending() }
    return report
  }

  /// Goes on with what is pending, beside whatever else is done.
  nonisolated func goOn() { thread.run { self.assumeIsolated { $0.retryWhatIsPending() } } }

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
      warn("pending pushes cannot go on: \(error.message)")
    }
    isRetrying = false
  }

  private enum Round { case wentOn, isStuck, nobodyListens }

  /// Nil if there is nothing left to tell.
  private func retryOnce() async throws(CredentialsError) -> Round? {
    let (pending, unheard) = try await store.reading { store throws(StoreProblem) in
      (try store.pendingAccounts(), try store.unheardAccounts())
    }
    if pending.isEmpty, unheard.isEmpty {
      try await store.settling { store throws(StoreProblem) in try store.forgetMark() }
      return nil
    }
    var round = Round.wentOn
    for account in pending where !(await enqueue(account)).isDone { round = .isStuck }
    for account in unheard {
      let report = await enqueue(account)
      if report.nobodyListens { return round == .wentOn ? .nobodyListens : round }
      if !report.isDone { round = .isStuck }
    }
    return round
  }

  private func enqueue(_ account: String) async -> PushReport {
    await withCheckedContinuation { continuation in
      if waiters[account] == nil { order.append(account) }
      waiters[account, default: []].append(continuation)
      guard !isPushing else { return }
      isPushing = true
      Task(executorPreference: thread) { await self.work() }
    }
  }

  private func work() async {
    while let account = order.first {
      order.removeFirst()
      let served = waiters.removeValue(forKey: account) ?? []
      let report = await pushOnce(account)
      for waiter in served { waiter.resume(returning: report) }
    }
    isPushing = false
  }

  /// What is due, with its file written: another process may have committed it and be about to write it. Settling nothing writes it.
  private func order(_ account: String) async throws(CredentialsError) -> PushOrder? {
    let order = try await store.reading { store throws(StoreProblem) in try store.pushOrder(account) }
    guard let order, !order.isWritten else { return order }
    try await store.settling { _ in }
    return try await store.reading { store throws(StoreProblem) in try store.pushOrder(account) }
  }

  /// The lock between processes is held over the awaits on purpose: claims are read, pushed and settled under it, or an older token
  /// could arrive after a newer one. In this process nobody else asks for it: `work` runs once at a time.
  private func pushOnce(_ account: String) async -> PushReport {
    do throws(CredentialsError) {
      let (folder, address) = try await store.place()
      guard let lock = folder.pushLock(Deadline(milliseconds: Self.lockMilliseconds)) else {
        return PushReport("?", ServerProblem(.busy, "another bridge is pushing"))
      }
      defer { StateFolder.release(lock) }
      // A server's newer claims are merged and pushed again; a server that always has newer ones is none of ours.
      for _ in 0..<3 {
        guard let order = try await self.order(account) else { return .done }
        let report = ClaimsPush(order: order, address: address, inbox: order.system.key.publicKey.text).run()
        if report.newer.isEmpty {
          try await store.settling { store throws(StoreProblem) in try store.settle(order, report) }
          if report.isDone { try await store.settling { store throws(StoreProblem) in try store.forgetMark() } }
          return report
        }
        try await store.settling { store throws(StoreProblem) in
          for token in report.newer { try store.merge(fromServer: token, into: account) }
        }
      }
      return PushReport("?", ServerProblem(.rejected, "the server has newer claims again and again"))
    } catch {
      return PushReport("?", ServerProblem(.store, error.message))
    }
  }
}
