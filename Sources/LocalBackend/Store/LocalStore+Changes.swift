import Credentials
import System

/// Changes that were asked for while another one was being committed are committed together: one transaction and one sync. A sync takes
/// longer than all of a creation's other work, and so does telling the nats-servers of a deletion; 500 deletions are told at once.
extension LocalStore {
  /// How long a transaction takes in one change after the other: nobody, of this process or another, waits much longer for the store.
  private static let togetherMilliseconds = 50
  /// So many bytes of claims may be read, and will be signed, for one transaction.
  private static let mostClaimsBytes = 1 << 20

  /// Runs a change in a transaction, durable when this returns; then brings the files up to date. Gives also the accounts whose claims it
  /// changed, which the servers must now be told of. `joining`: others may be in the same transaction; it neither ends them nor relies on their end.
  nonisolated func changing<Result: Sendable>(
    joining: Bool = false, usingReserve: Bool = false, _ body: @escaping @Sendable (OpenStore) throws(StoreProblem) -> Result
  ) async throws(CredentialsError) -> (result: Result, claims: Set<String>) {
    let made = Locked<(result: Result, claims: Set<String>)?>(nil)
    let change = QueuedChange(joins: joining, usesReserve: usingReserve) { store throws(StoreProblem) in
      store.committedClaims = []
      let result = try body(store)
      made.withLock { $0 = (result, store.committedClaims) }
    }
    let error = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if change.wait(continuation), queue.add(change) { carryOutWaiting() }
      }
    } onCancel: {
      change.giveUp()
    }
    if let error { throw error }
    guard let made = made.withLock({ $0 }) else { throw CredentialsError(.internal, "a change ended without its result") }
    return made
  }

  private nonisolated func carryOutWaiting() { thread.run { self.assumeIsolated { _ = $0.carryOutFirst() } } }

  /// What waits now; what comes meanwhile has its own turn.
  func carryOutAllWaiting() {
    var left = queue.count
    while left > 0 {
      let count = carryOutFirst()
      left = count > 0 ? left - count : 0
    }
  }

  /// How many have ended; none if none waited, because a push has carried them out before.
  private func carryOutFirst() -> Int {
    let first = queue.first()
    let together = first.first?.joins == true ? carryOutTogether(first) : nil
    if together == nil { for change in first { carryOutAlone(change) } }
    let count = together ?? first.count
    // The rest in a turn of its own: reads of pages come in between.
    if queue.removeFirst(count) { carryOutWaiting() }
    return count
  }

  private func carryOutAlone(_ change: QueuedChange) {
    if change.hasEnded { return }
    hasGivenUp = { change.hasEnded }
    defer { hasGivenUp = { Task.isCancelled } }
    do throws(CredentialsError) {
      let refusal = try transact(usingReserve: change.usesReserve) { store throws(StoreProblem) -> CredentialsError? in
        // Given up, or refused, after an older store was migrated for it: that stands, and takes too long to be done again for the next.
        change.begin() ? try Self.carryOut(change, in: store) : nil
      }
      change.end(refusal)
    } catch { change.end(error) }
  }

  /// The first ones, and what joins them until this process has the store. How many have ended; nil if none has, and nothing was changed: what
  /// goes wrong for one is to be no other's, so each is then carried out by itself, with all that there is for it, such as the reserve.
  private func carryOutTogether(_ first: ArraySlice<QueuedChange>) -> Int? {
    // One alone opens the store by itself.
    guard opened != nil || first.count > 1 else { return nil }
    hasGivenUp = { [queue] in queue.first().allSatisfy(\.hasEnded) }
    defer { hasGivenUp = { Task.isCancelled } }
    do throws(StoreProblem) {
      // The first change of an older store migrates it.
      guard try open().version == Schema.version else { return nil }
    } catch {
      // Each meets the same, and says what it is.
      return nil
    }
    var (count, carriedOut): (Int, [(change: QueuedChange, refusal: CredentialsError?)]) = (0, [])
    do throws(StoreProblem) {
      let creations = { carriedOut.count { !$0.change.usesReserve } }
      try attemptTransaction(migrating: true, keepingRoomAfter: creations) { store throws(StoreProblem) in
        let end = Deadline(milliseconds: Self.togetherMilliseconds)
        for change in queue.first() {
          count += 1
          guard change.begin() else { continue }
          carriedOut.append((change, try Self.carryOut(change, in: store)))
          if end.isOver || store.claimsBytes > Self.mostClaimsBytes { break }
        }
      }
    } catch {
      let begun = count == 0 ? first : queue.first().prefix(count)
      switch error {
      case .uncertain, .busy:
        for change in begun { change.end(error.credentialsError(outcome: .none)) }
        return begun.count
      case .storage(let reason, _) where begun.count == 1 && reason != .full:
        begun.first?.end(error.credentialsError(outcome: .none))
        return 1
      case .storage, .refused:
        for change in begun { change.takeBack() }
        return nil
      }
    }
    bringFilesUpToDate(usingReserve: carriedOut.contains { $0.change.usesReserve })
    for (change, refusal) in carriedOut { change.end(refusal) }
    return count
  }

  /// Gives the refusal, if it is refused and has changed nothing, which is so of nearly all that are. (A savepoint for each would let it
  /// change something; it would cost each of the others a copy of every page that it changes.)
  private static func carryOut(_ change: QueuedChange, in store: OpenStore) throws(StoreProblem) -> CredentialsError? {
    let before = store.database.totalChanges
    do throws(StoreProblem) {
      try change.run(store)
      return nil
    } catch {
      guard case .refused(let refusal) = error, store.database.totalChanges == before else { throw error }
      return refusal
    }
  }
}
