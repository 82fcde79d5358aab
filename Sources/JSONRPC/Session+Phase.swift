import JSON
import System

/// The phases of a session, and its end.
extension Session {
  private static let shutdownMilliseconds = 3_000
  private static let compensationMilliseconds = 5_000
  private static let compensationAfterShutdownMilliseconds = 2_000
  private static let reportMilliseconds = 1_000

  /// The first signal stops reading and gives mutations a moment; a second one ends the process at once.
  func receive(signal: Int32) {
    switch phase {
    case .running, .draining: shutDown()
    case .shuttingDown, .disconnected, .compensating, .reporting: secondSignal = signal
    }
  }

  private func shutDown() {
    phase = .shuttingDown(until: MonotonicClock.milliseconds + Self.shutdownMilliseconds)
    let reason = RPCError(.shuttingDown, "the bridge is shutting down")
    for sequence in queue.sequences {
      if let request = queue[sequence], request.isWaiting || !request.isMutation { end(sequence, reason) }
    }
  }

  func outputIsClosed() {
    guard phase.isWritable else { return }
    phase = .disconnected(until: MonotonicClock.milliseconds + Self.compensationMilliseconds)
    let reason = RPCError(.cancelled, "nobody reads the responses")
    for sequence in queue.sequences { end(sequence, reason) }
  }

  /// The exit status once the conversation is over; nil while it goes on.
  func exitStatus() -> Int32? {
    if let secondSignal { return 128 + secondSignal }
    forgetDelivered()
    let isLate = phase.deadline.map { $0 <= MonotonicClock.milliseconds } ?? false
    switch phase {
    case .running: return nil
    case .draining:
      if isLate { shutDown() }
      return queue.isEmpty && outputBuffer.waiting == 0 ? 0 : nil
    case .shuttingDown:
      if queue.isEmpty && outputBuffer.waiting == 0 { return 0 }
      if isLate {
        abandonMutations()
        compensateUndelivered(within: Self.compensationAfterShutdownMilliseconds)
      }
      return nil
    case .disconnected:
      if queue.isEmpty || isLate {
        abandonMutations()
        compensateUndelivered(within: Self.compensationMilliseconds)
      }
      return nil
    case .compensating:
      guard compensations.areDone || isLate else { return nil }
      phase = .reporting(until: MonotonicClock.milliseconds + Self.reportMilliseconds)
      return exitStatus()
    case .reporting:
      reportLeft(isLate)
      return isLate || (compensations.areDone && !log.hasWaiting) ? 0 : nil
    }
  }

  private func forgetDelivered() { compensations.forget(writtenUpTo: outputBuffer.writtenUpTo) }

  private func abandonMutations() {
    for sequence in queue.sequences {
      guard let request = remove(sequence) else { continue }
      if let result = request.result {
        answer(request, result)
        continue
      }
      answer(request, .failure(RPCError(.shuttingDown, "the bridge ended before the response came", outcome: .unknown)))
      log.write(.warning, "\(request.method?.name ?? "a request") had no response when the bridge ended; whether it took effect is unknown")
    }
    flush()
    forgetDelivered()
  }

  private func compensateUndelivered(within milliseconds: Int) {
    phase = .compensating(until: MonotonicClock.milliseconds + milliseconds)
    for compensation in compensations.takeUndelivered() { compensate(compensation) }
    mustPump = true
  }

  /// Names what there was no time for, as stderr takes it: hundreds of lines are more than a pipe holds, and nothing else tells of them.
  /// The last first, because meanwhile the first are still looked after.
  private func reportLeft(_ isLate: Bool) {
    while isLate || !log.hasWaiting, let left = compensations.writeOffLast() {
      log.write(.error, left.leftUndone, mayBeDropped: false)
      log.flush()
    }
  }

  func compensate(_ compensation: Compensation) {
    let number = compensations.begin(compensation)
    Task(executorPreference: loop) { await self.write(await compensation.compensate(), of: number) }
  }

  private func write(_ told: String, of number: Int) {
    guard compensations.end(number) else { return }
    log.write(.error, told, mayBeDropped: false)
  }
}
