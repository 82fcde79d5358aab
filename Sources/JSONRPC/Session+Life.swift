import JSON
import System

extension Session {
  private static let stoppingMilliseconds = 3_000
  private static let tellingMilliseconds = 5_000
  private static let tellingAfterStopMilliseconds = 2_000
  private static let leavingMilliseconds = 1_000

  /// Every line was accepted.
  func inputHasEnded() {
    guard case .serving = life else { return }
    life = .draining(until: drainMilliseconds.map { MonotonicClock.milliseconds + $0 })
  }

  /// The first signal stops reading and gives mutations a moment; a second one ends the process at once.
  func receive(signal: Int32) {
    switch life {
    case .serving, .draining: stop()
    case .stopping, .closed, .telling, .leaving: signalledTwice = signal
    }
  }

  private func stop() {
    life = .stopping(until: MonotonicClock.milliseconds + Self.stoppingMilliseconds)
    let reason = RPCError(.shuttingDown, "the bridge is ending")
    for (key, request) in requests.sorted(by: { $0.key < $1.key }) where request.isWaiting || !request.isMutation { end(key, reason) }
  }

  /// Inside a write the life must not change under the writer; the next turn does it.
  func outputIsClosedSoon() { isOutputBroken = true }

  func outputIsClosed() {
    guard life.isWritable else { return }
    life = .closed(until: MonotonicClock.milliseconds + Self.tellingMilliseconds)
    let reason = RPCError(.cancelled, "nobody reads the answers")
    for (key, request) in requests.sorted(by: { $0.key < $1.key }) {
      if case .ending = request.state { continue }
      end(key, reason)
    }
  }

  /// The exit status once the conversation is over; nil while it goes on.
  func lifeStatus() -> Int32? {
    if isOutputBroken {
      isOutputBroken = false
      outputIsClosed()
    }
    if let signalledTwice { return 128 + signalledTwice }
    forgetDelivered()
    let isLate = life.deadline.map { $0 <= MonotonicClock.milliseconds } ?? false
    switch life {
    case .serving: return nil
    case .draining:
      if isLate { stop() }
      return requests.isEmpty && outbox.waiting == 0 ? 0 : nil
    case .stopping:
      if requests.isEmpty && outbox.waiting == 0 { return 0 }
      if isLate {
        abandonMutations()
        tellUndelivered(within: Self.tellingAfterStopMilliseconds)
      }
      return nil
    case .closed:
      if requests.isEmpty || isLate {
        abandonMutations()
        tellUndelivered(within: Self.tellingMilliseconds)
      }
      return nil
    case .telling:
      guard aftermaths.isEmpty || isLate else { return nil }
      life = .leaving(until: MonotonicClock.milliseconds + Self.leavingMilliseconds)
      return lifeStatus()
    case .leaving:
      tellLeft(isLate)
      return isLate || (aftermaths.isEmpty && !log.hasWaiting) ? 0 : nil
    }
  }

  private func forgetDelivered() {
    if undelivered.isEmpty { return }
    let written = outbox.writtenUpTo
    // Their places count up, so a turn looks at the first that is not written, however many wait.
    undelivered.removeFirst(undelivered.firstIndex { $0.place > written } ?? undelivered.count)
  }

  private func abandonMutations() {
    for (key, request) in requests.sorted(by: { $0.key < $1.key }) {
      remove(key, request)
      answer(request, .failure(RPCError(.shuttingDown, "the bridge ended before the answer came", outcome: .unknown)))
      log.write(.warning, "\(request.method?.name ?? "a request") had no answer when the bridge ended; whether it took effect is not known")
    }
    flush()
    forgetDelivered()
  }

  private func tellUndelivered(within milliseconds: Int) {
    life = .telling(until: MonotonicClock.milliseconds + milliseconds)
    let lost = undelivered
    undelivered = []
    for answer in lost { settle(answer.aftermath) }
    mustPump = true
  }

  /// Names what there was no time for, as stderr takes it: hundreds of lines are more than a pipe holds, and nothing else tells of them.
  /// The last first, because meanwhile the first are still looked after.
  private func tellLeft(_ isLate: Bool) {
    for (key, left) in aftermaths.sorted(by: { $0.key > $1.key }) {
      guard isLate || !log.hasWaiting else { return }
      aftermaths[key] = nil
      log.write(.error, left.leftUndone, mayBeDropped: false)
      log.flush()
    }
  }

  func settle(_ aftermath: Aftermath) {
    lastKey += 1
    let key = lastKey
    aftermaths[key] = aftermath
    Task(executorPreference: loop) { await self.write(await aftermath.settle(), of: key) }
  }

  private func write(_ told: String, of key: Int) {
    // One that was too late has been written of already.
    guard aftermaths.removeValue(forKey: key) != nil else { return }
    log.write(.error, told, mayBeDropped: false)
  }
}
