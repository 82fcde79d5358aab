import Credentials
import System

/// How a change is committed: with its migration, the reserve, and the files that follow from it.
extension LocalStore {
  /// Runs a change as one transaction, durable when this returns; then brings the files up to date. `usingReserve`: where the disk is full,
  /// gives up the space that is kept for this. Deleting must always work.
  @discardableResult
  func transact<Result>(
    usingReserve: Bool = true, _ body: (OpenStore) throws(StoreProblem) -> Result
  ) throws(CredentialsError) -> Result {
    let result: Result
    do throws(StoreProblem) {
      result = try makingRoom(usingReserve) { () throws(StoreProblem) in
        guard usingReserve else { return try attemptTransaction(migrating: true, keepingRoomAfter: { 1 }, body) }
        do throws(StoreProblem) { return try attemptTransaction(migrating: migrationFits, body) } catch {
          // A migration takes more room than a deletion, and more than the reserve where rows are many; and of very many, a temporary folder.
          // Deletions are made in the tables as they are then, and do not try again each time: what is built until the disk is full takes long.
          guard case .storage(let reason, _) = error, reason == .full || reason == .io, migrationFits, try open().version < Schema.version
          else { throw error }
          migrationFits = false
          return try attemptTransaction(migrating: false, body)
        }
      }
    } catch {
      throw error.credentialsError(outcome: .none)
    }
    bringFilesUpToDate(usingReserve: usingReserve)
    return result
  }

  /// After a commit.
  func bringFilesUpToDate(usingReserve: Bool) {
    do throws(StoreProblem) {
      try makingRoom(usingReserve) { () throws(StoreProblem) in
        let store = try open()
        if store.hasUnwritten { try attempt { () throws(StoreProblem) in try store.writeClaimsFiles() } }
        if !hasPortsFolder {
          try store.addPortsFolder()
          hasPortsFolder = true
        }
      }
    } catch {
      opened = nil
      // Committed is committed, and a secret in the result must not be lost for this: the mark stays in the store, and the next change
      // or opening writes the file.
      warn("claims are stored but not yet in resolver/: \(error.credentialsError(outcome: .done).message)")
    }
    if !usingReserve { opened?.folder.keepReserve() } else { saveRoom() }
    takeInGrowth()
  }

  /// A log by which the database would grow beyond what the reserve has cannot be taken in once the disk is full, and deletions would soon find
  /// no room. A migration makes one; it is taken in while there is room.
  private func takeInGrowth() {
    guard let opened else { return }
    do throws(StoreProblem) {
      guard try opened.growth(afterCommit: true) > StateDirectory.reserveBytes / 2 else { return }
      try opened.database.run("PRAGMA wal_checkpoint(PASSIVE)")
    } catch {
      // It stays in the log, and the next change tries again.
      warn("the log of the store could not be taken in: \(error.credentialsError(outcome: .done).message)")
    }
  }

  /// Where the reserve is spent the log is cut at once: later there may be no room to take it into the database.
  private func saveRoom() {
    guard let opened, !opened.folder.hasReserve else { return }
    do throws(StoreProblem) { try cutLog() } catch {
      // It stays as long as it is; what it holds is committed all the same.
      warn("the log of the store could not be cut: \(error.credentialsError(outcome: .done).message)")
    }
  }

  /// `keepingRoomAfter` is asked when the body has run: how many of the changes that it made must leave deletions their room.
  func attemptTransaction<Result>(
    migrating: Bool, keepingRoomAfter: () -> Int = { 0 }, _ body: (OpenStore) throws(StoreProblem) -> Result
  ) throws(StoreProblem) -> Result {
    let store = try open()
    guard store.folder.isWritable else { throw .storage(.readOnly, "the state folder cannot be written") }
    store.forgetUnderWay()
    var (isCommitting, isForMigration) = (false, false)
    defer {
      isMigrating.change { $0 = false }
      if isForMigration { opened = nil }
    }
    do throws(StoreProblem) {
      if migrating, store.version < Schema.version {
        isMigrating.change { $0 = true }
        isForMigration = try store.prepareMigration()
      }
      try attempt { () throws(StoreProblem) in try store.database.run("BEGIN IMMEDIATE") }
      let older = try store.beginChange(migrating: migrating)
      let result = try body(store)
      try store.lookBeforeCommit()
      let creations = keepingRoomAfter()
      if creations > 0 { try store.keepRoom(after: creations) }
      isCommitting = true
      try store.database.run("COMMIT")
      if migrating { migrationFits = true }
      if let older { warn("the store was migrated from version \(older) to \(store.version)") }
      if store.foundNewerClaims {
        store.foundNewerClaims = false
        warn(
          "an older copy of the store was restored: credentials created since work and are unknown here; doctor says more, credentials.revoke ends them"
        )
      }
      return result
    } catch {
      rollBack(store, after: error)
      // After a sync that failed nothing may be assumed.
      guard isCommitting, case .storage(.io, let message) = error else { throw error }
      throw .uncertain(message)
    }
  }

  /// Blocks while an older store is migrated.
  nonisolated func waitForMigration() { isMigrating.wait(until: { _ in nil }, for: { $0 ? nil : () }) }

  /// Where the disk is full, gives up what there is to give, one after the other: the log, once all of it stands in the database; and the
  /// reserve, which the database may need to take the log in.
  private func makingRoom<Result>(_ usingReserve: Bool, _ body: () throws(StoreProblem) -> Result) throws(StoreProblem) -> Result {
    func ifRoomIs(_ made: () throws(StoreProblem) -> Void) throws(StoreProblem) -> Result? {
      do throws(StoreProblem) {
        try made()
        return try body()
      } catch {
        guard usingReserve, case .storage(.full, _) = error else { throw error }
        return nil
      }
    }
    if let result = try ifRoomIs({}) { return result }
    if let result = try ifRoomIs(cutLog) { return result }
    guard let path = settings.stateFolder, StateDirectory.spendReserve(of: path) else { return try body() }
    if let result = try ifRoomIs(cutLog) { return result }
    return try body()
  }

  /// Fails where the log does not fit into the database: begun all the same, this would use up the room in which a deletion can be recorded.
  private func cutLog() throws(StoreProblem) {
    let store = try open()
    guard try store.growth() <= store.folder.freeBytes else { throw .storage(.full, "the disk is full") }
    try store.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  }
}
