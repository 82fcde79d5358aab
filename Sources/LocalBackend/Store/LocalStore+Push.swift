import Credentials
import NATSClient
import System

/// What a push needs of the store, in as few turns of its thread as can be: each turn is two waits for a thread to wake.
extension LocalStore {
  /// The right to push, if no other process has it, and then what is due, with what waited to be committed until now: else the rest of many
  /// deletions, for which one transaction was too short, would be a push of its own. Without the right nothing is read: another process may change it.
  func beginPush(
    of account: String
  ) throws(CredentialsError) -> (
    place: (folder: StateDirectory, addresses: [NATSAddress]), lock: Int32?, due: (order: PushOrder, isWritten: Bool)?
  ) {
    carryOutAllWaiting()
    let place = try place()
    let lock: Int32?
    do throws(StoreProblem) { lock = try place.folder.pushLock(Deadline(milliseconds: 0)) } catch {
      throw error.credentialsError(outcome: .none)
    }
    guard let lock else { return (place, nil, nil) }
    do throws(CredentialsError) {
      return (place, lock, try reading { store throws(StoreProblem) in try store.duePush(account) })
    } catch {
      StateDirectory.release(lock)
      throw error
    }
  }

  /// Who has heard of what was pushed, and then, by a transaction of its own, that nothing is pending any more. What follows a creation has no
  /// right to the room of deletions: it stays pending.
  func end(_ order: PushOrder, _ report: PushReport) throws(CredentialsError) {
    do throws(CredentialsError) {
      try transact(usingReserve: order.isRevoking) { store throws(StoreProblem) in try store.record(report, of: order) }
    } catch {
      guard error.kind == .storage, order.isRevoking, report.isDone else { throw error }
      // What many deletions leave behind may take more room at once than the reserve has. Some rows at a time, each time room is made anew.
      while try transact({ store throws(StoreProblem) in try store.forgetSomeRevoked(of: order.account, upTo: order.issuedAt) }) {}
      try transact { store throws(StoreProblem) in try store.record(report, of: order) }
    }
    if report.isDone { try transact(usingReserve: order.isRevoking) { store throws(StoreProblem) in try store.forgetMark() } }
  }
}
