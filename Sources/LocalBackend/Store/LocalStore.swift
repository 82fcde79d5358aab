import Credentials
import JSON
import NATSAuth
import NATSClient
import System

/// The embedded store: the one place that owns the database and the files made from it. An actor on a thread of its own, because SQLite
/// and syncing block. Several processes may have one state folder open; what they must agree on, they agree on inside a transaction.
actor LocalStore {
  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  let settings: LocalSettings
  let inputs: SystemInputs
  private let warn: @Sendable (String) -> Void
  private var opened: OpenStore?
  /// Whether nats-server.conf was seen to name a folder for ports files.
  private var hasPortsFolder = false
  /// Whether there was room for the migration of an older store when one was last tried.
  private var migrationFits = true
  /// Warnings are given once, however often the store is opened.
  private var warned: Set<String> = []

  init(settings: LocalSettings, inputs: SystemInputs, warn: @escaping @Sendable (String) -> Void) {
    self.settings = settings
    self.inputs = inputs
    self.warn = warn
  }

  /// Runs a read on one consistent state of the store.
  func reading<Result>(_ body: (OpenStore) throws(StoreProblem) -> Result) throws(CredentialsError) -> Result {
    if Task.isCancelled { throw .cancelled }
    do throws(StoreProblem) {
      let store = try open()
      return try attempt { () throws(StoreProblem) in
        try store.database.execute("BEGIN")
        do throws(StoreProblem) {
          // Another process may have migrated the store since.
          if store.version < Schema.version { try store.readVersion() }
          let result = try body(store)
          try store.database.execute("COMMIT")
          return result
        } catch {
          rollBack(store, after: error)
          throw error
        }
      }
    } catch {
      throw error.credentialsError(outcome: .none)
    }
  }

  /// Runs a change as one transaction, durable when this returns; then brings the files up to date. Gives also the accounts whose claims
  /// it changed, which the servers must now be told of.
  func changing<Result>(
    usingReserve: Bool = false, _ body: (OpenStore) throws(StoreProblem) -> Result
  ) throws(CredentialsError) -> (result: Result, claims: Set<String>) {
    if Task.isCancelled { throw .cancelled }
    var claims: Set<String> = []
    let result = try transact(usingReserve: usingReserve) { store throws(StoreProblem) in
      let result = try body(store)
      claims = store.committedClaims
      return result
    }
    return (result, claims)
  }

  /// As `changing`, for what must be recorded whoever has stopped waiting. `usingReserve`: where the disk is full, gives up the space that
  /// is kept for this. Deleting must always work.
  @discardableResult
  func transact<Result>(
    usingReserve: Bool = true, _ body: (OpenStore) throws(StoreProblem) -> Result
  ) throws(CredentialsError) -> Result {
    let result: Result
    do throws(StoreProblem) {
      result = try makingRoom(usingReserve) { () throws(StoreProblem) in
        guard usingReserve else { return try attemptTransaction(migrating: true, body) }
        do throws(StoreProblem) { return try attemptTransaction(migrating: migrationFits, body) } catch {
          // A migration takes more room than a deletion, and more than the reserve where rows are many. Deletions are made in the tables as
          // they are then, and do not try again each time: what is built until the disk is full takes long.
          guard case .storage(.full, _) = error, migrationFits, try open().version < Schema.version else { throw error }
          migrationFits = false
          return try attemptTransaction(migrating: false, body)
        }
      }
    } catch {
      throw error.credentialsError(outcome: .none)
    }
    do throws(StoreProblem) {
      try makingRoom(usingReserve) { () throws(StoreProblem) in
        let store = try open()
        try attempt { () throws(StoreProblem) in try store.writeClaimsFiles() }
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
    return result
  }

  /// A log by which the database would grow beyond what the reserve has cannot be taken in once the disk is full, and deletions would soon find
  /// no room. A migration makes one; it is taken in while there is room.
  private func takeInGrowth() {
    guard let opened else { return }
    do throws(StoreProblem) {
      guard try opened.growth() > StateDirectory.reserveBytes / 2 else { return }
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

  private func attemptTransaction<Result>(
    migrating: Bool, _ body: (OpenStore) throws(StoreProblem) -> Result
  ) throws(StoreProblem) -> Result {
    let store = try open()
    guard store.folder.isWritable else { throw .storage(.readOnly, "the state folder cannot be written") }
    store.committedClaims = []
    var isCommitting = false
    do throws(StoreProblem) {
      try attempt { () throws(StoreProblem) in try store.database.execute("BEGIN IMMEDIATE") }
      let older = try store.beginChange(migrating: migrating)
      let result = try body(store)
      isCommitting = true
      try store.database.execute("COMMIT")
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

  /// Makes the mark of what is pending outlive a power cut.
  func syncMarks() throws(CredentialsError) {
    do throws(StoreProblem) { try open().folder.syncMarks() } catch { throw error.credentialsError(outcome: .done) }
  }

  func repairServerFiles() throws(CredentialsError) -> [String] {
    do throws(StoreProblem) { return try open().repairServerFiles() } catch { throw error.credentialsError(outcome: .none) }
  }

  /// Makes what is true what it should be, as far as the store and the files go. Gives the accounts of which the servers must be told.
  func mend(_ difference: Difference) throws(CredentialsError) -> Set<String> {
    if case .closedFile(let account) = difference {
      do throws(StoreProblem) { try open().writeClosedFile(of: account) } catch { throw error.credentialsError(outcome: .none) }
    }
    return try changing { store throws(StoreProblem) in try store.mend(difference) }.claims
  }

  /// Where claims are pushed, and the folder with the lock for it.
  func place() throws(CredentialsError) -> (folder: StateDirectory, addresses: [NATSAddress]) {
    do throws(StoreProblem) {
      let store = try open()
      return (store.folder, store.address == store.endpoint ? [store.endpoint] : [store.address, store.endpoint])
    } catch { throw error.credentialsError(outcome: .none) }
  }

  /// After an error. One of the store's own may leave a connection that SQLite opened read-only or without its log, so the next call
  /// opens the store anew and sees what is there.
  private func rollBack(_ store: OpenStore, after problem: StoreProblem) {
    if case .storage = problem { opened = nil }
    guard store.database.isInTransaction else { return }
    do throws(StoreProblem) {
      try store.database.execute("ROLLBACK")
      try store.readVersion()
      (store.newestToken, store.foundNewerClaims, store.mergedAccounts) = (nil, false, [])
    } catch { opened = nil }
  }

  private func open() throws(StoreProblem) -> OpenStore {
    if let opened { return opened }
    let store: OpenStore
    do throws(StoreProblem) { store = try attempt { () throws(StoreProblem) in try OpenStore(settings, inputs) } } catch {
      guard case .storage(.full, _) = error, let path = settings.stateFolder, StateDirectory.shrinkReserve(of: path) else { throw error }
      store = try attempt { () throws(StoreProblem) in try OpenStore(settings, inputs) }
    }
    opened = store
    for warning in store.warnings where warned.insert(warning).inserted { warn(warning) }
    return store
  }

  /// Tries again while another process holds the store: in small steps, so that a cancel is heard, and for ten seconds at most.
  private func attempt<Result>(_ body: () throws(StoreProblem) -> Result) throws(StoreProblem) -> Result {
    let deadline = Deadline(milliseconds: 10_000)
    while true {
      do throws(StoreProblem) {
        return try body()
      } catch {
        guard case .busy = error, !deadline.isOver else { throw error }
        if Task.isCancelled { throw .refused(.cancelled) }
      }
    }
  }
}
