import Credentials
import JSON
import NATSAuth
import NATSClient
import System

/// The embedded store: the one place that owns the database and the files made from it. An actor on a thread of its own, because SQLite
/// and syncing block. Several processes may have one state folder open; what they must agree on, they agree on inside a transaction.
actor LocalStore {
  let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  let settings: LocalSettings
  let inputs: SystemInputs
  let warn: @Sendable (String) -> Void
  var opened: OpenStore? { didSet { opening.change(to: opened) } }
  let opening = Locked(StoreOpening())
  /// Whether nats-server.conf was seen to name a folder for ports files.
  var hasPortsFolder = false
  /// Whether there was room for the migration of an older store when one was last tried.
  var migrationFits = true
  /// Whether an older store is being migrated.
  nonisolated let isMigrating = Monitor(false)
  /// Changes that wait for the store's thread.
  nonisolated let queue = ChangeQueue()
  /// Whether nobody waits any more for what is under way.
  var hasGivenUp: () -> Bool = { Task.isCancelled }
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
        try store.database.run("BEGIN")
        do throws(StoreProblem) {
          // Another process may have migrated the store since.
          if store.version < Schema.version { try store.readVersion() }
          let result = try body(store)
          try store.database.run("COMMIT")
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
    var claims: Set<String> = []
    try transact(usingReserve: false) { store throws(StoreProblem) in
      try store.mend(difference)
      claims = store.committedClaims
    }
    return claims
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
  func rollBack(_ store: OpenStore, after problem: StoreProblem) {
    if case .storage = problem { opened = nil }
    guard store.database.isInTransaction else { return }
    do throws(StoreProblem) {
      try store.database.execute("ROLLBACK")
      try store.readVersion()
      (store.newestToken, store.foundNewerClaims, store.mergedAccounts) = (nil, false, [])
    } catch { opened = nil }
  }

  func open() throws(StoreProblem) -> OpenStore {
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
  func attempt<Result>(_ body: () throws(StoreProblem) -> Result) throws(StoreProblem) -> Result {
    let deadline = Deadline(milliseconds: 10_000)
    while true {
      do throws(StoreProblem) {
        return try body()
      } catch {
        guard case .busy = error, !deadline.isOver else { throw error }
        if hasGivenUp() { throw .refused(.cancelled) }
      }
    }
  }
}
