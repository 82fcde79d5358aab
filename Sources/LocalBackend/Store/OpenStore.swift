import Credentials
import NATSAuth
import NATSClient
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The store once it is open: the database, the folder, and the keys that sign for the operator. Belongs to `LocalStore`'s thread.
final class OpenStore {
  let folder: StateDirectory
  let database: Database
  /// Of the store's tables, in the file. Grows when a change migrates them.
  var version: Int64 { rows.version }
  /// Where nats-server.conf listens: what accounts say as their endpoint.
  let endpoint: NATSAddress
  /// Where servers are dialled in this run.
  let address: NATSAddress
  let rows: StoreRows
  let inputs: SystemInputs
  let serverName: String
  let operatorSigner: KeyPair
  /// Accounts whose claims the transaction under way has changed; their push is due after its commit.
  var committedClaims: Set<String> = []
  /// The `iat`s of these claims, once the transaction has given them: what it changes after that is in the same claims.
  var claimsUnderWay: [String: Int64] = [:]
  /// Accounts whose files in resolver/ the transaction under way has looked at.
  var filesUnderWay: Set<String> = []
  /// How long those files were.
  var claimsBytes = 0
  /// As the last transaction that wrote left it.
  private(set) var hasUnwritten = true
  private var pageCount: Int64 = 0
  private var pageSize: Int64 = 0
  /// The token made last: it is written, pushed and compared, and making one of many revocations takes long. An `iat` has one content.
  var newestToken: (account: String, issuedAt: Int64, text: String)?
  /// The key that signed the last credential, by the text of its seed, which stands in the store all the same.
  var newestSigner: (seed: String, key: KeyPair)?
  /// The signing keys that were read last, of any account, as texts and as keys in the order of claims: reading thousands of texts as keys
  /// takes longer than the rest of a deletion.
  var newestKeys: (texts: [String], sorted: [PublicKey]) = ([], [])
  /// Files of resolver/ that were looked at and right, by account.
  var seenFiles: [String: (issuedAt: Int64, identity: StateDirectory.Identity)] = [:]
  /// Accounts into which the transaction under way has merged claims.
  var mergedAccounts: Set<String> = []
  /// Whether claims were found, since this was asked last, that an older copy of the store does not know.
  var foundNewerClaims = false
  /// What whoever serves should hear once.
  private(set) var warnings: [String] = []

  /// `looking`: nothing is written, whatever is found.
  init(_ settings: LocalSettings, _ inputs: SystemInputs, looking: Bool = false) throws(StoreProblem) {
    guard let path = settings.stateFolder else {
      throw .refused(CredentialsError(.notConfigured, LocalSettings.noStateFolder))
    }
    self.inputs = inputs
    folder = try StateDirectory(path)
    (address, endpoint) = try Self.addresses(settings, folder)
    // Looked at before the database: of two processes that begin a store at once the other one writes this file last.
    let wasBegun = StateDirectory.exists(folder.operatorToken)
    database = try Self.openDatabase(folder, wasBegun, looking)
    let isNew = try Self.checkVersion(database, folder, wasBegun)
    // Only now: they change the file, and one that is not ours is left as it is.
    if folder.isWritable, !looking { try database.execute(Self.modes) }
    if isNew {
      do throws(StoreProblem) { try Self.initialize(database, inputs) } catch {
        if database.isInTransaction { try database.execute("ROLLBACK") }
        throw error
      }
    }
    let found = try database.first("SELECT server_name, operator_signing_seed FROM state") { ($0.text(0), $0.text(1)) }
    guard let found else { throw .storage(.damaged, "the store has no operator; it was left as it is") }
    serverName = found.0
    operatorSigner = try Self.key(found.1)
    rows = StoreRows(database: database, endpoint: endpoint)
    try readVersion()
    guard folder.isWritable, !looking else { return }
    folder.keepReserve()
    try writeServerFiles()
    if settings.listen != nil { try changeConfiguration { [endpoint] in if $0.listen != endpoint { $0.setListen(endpoint) } } }
    try writeClaimsFiles(keepingNewer: true)
    if address != endpoint, settings.natsURL != nil {
      warnings.append(
        "nats-servers are reached at \(address.url) in this run, and nats-server.conf listens on \(endpoint.listen); --listen HOST:PORT changes it"
      )
    }
  }

  /// Where this run dials, and where the configuration listens, or will.
  static func addresses(_ settings: LocalSettings, _ folder: StateDirectory) throws(StoreProblem) -> (
    run: NATSAddress, listen: NATSAddress
  ) {
    let file = try StateDirectory.read(folder.configuration).map { ServerConfigurationFile(String(decoding: $0, as: UTF8.self)) }
    do throws(CredentialsError) {
      let given = try settings.natsURL.map { text throws(CredentialsError) in try NATSAddress(text) }
      let asked = try settings.listen.map { text throws(CredentialsError) in try NATSAddress(text, looked: "--listen") }
      let builtIn = try NATSAddress(LocalSettings.defaultURL)
      let listen = asked ?? file.map { $0.listen ?? given ?? builtIn } ?? given ?? builtIn
      return (given ?? listen, listen)
    } catch { throw .refused(error) }
  }

  /// Takes the tables for what they are now: others may have migrated them, or a migration of this one's was undone.
  func readVersion() throws(StoreProblem) { try rows.readVersion() }

  /// The column that says when a credential was made, and of which there is an index.
  var created: String { version >= 4 ? "number" : "created_at" }

  /// At the end of a transaction, what would take a transaction of its own after it: whether a file of claims is to be written, and how many
  /// pages the database has. Saves six of a create's sixteen locks.
  func lookBeforeCommit() throws(StoreProblem) {
    hasUnwritten = try database.first("SELECT 1 FROM accounts WHERE is_unwritten = 1 LIMIT 1", [], { $0.int(0) }) != nil
    pageCount = try database.first("PRAGMA page_count") { $0.int(0) } ?? 0
  }

  /// After `lookBeforeCommit`, for a transaction that is not to take away the room of deletions: the log must never hold more than can be taken
  /// into the database. What it will write to the log itself is in memory yet: that is no more than all pages, or than `changes` have.
  func keepRoom(after changes: Int) throws(StoreProblem) {
    let growth = try growth(afterCommit: true)
    guard growth > StateDirectory.reserveBytes / 2 else { return }
    let log = min(pageCount, Int64(changes) * Self.mostPages) * (pageSize + Self.frameBytes)
    if growth + log > folder.freeBytes { throw .storage(.full, "the disk is full") }
  }

  /// That a creation writes to the log: 14 in a small store, and a few more for each level of its trees.
  private static let mostPages: Int64 = 64
  /// Before each page in the log.
  private static let frameBytes: Int64 = 24

  /// By how many bytes the database's file will grow when all of the log is taken into it, or was to grow after the last commit.
  func growth(afterCommit: Bool = false) throws(StoreProblem) -> Int64 {
    let file = try StoreProblem.mapping { () throws(SystemError) in
      try FileStatus.at(folder.database, or: "\(folder.database) cannot be examined")
    }
    if !afterCommit { pageCount = try database.first("PRAGMA page_count") { $0.int(0) } ?? 0 }
    if pageSize == 0 { pageSize = try database.first("PRAGMA page_size") { $0.int(0) } ?? 0 }
    return file.map { max(0, pageCount * pageSize - $0.size) } ?? 0
  }

  static func key(_ seed: String) throws(StoreProblem) -> KeyPair {
    let pair: KeyPair?
    do throws(CryptoError) { pair = try KeyPair(seed: seed) } catch { throw StoreProblem(error) }
    guard let pair else { throw .storage(.damaged, "a key in the store is not a key; the store was left as it is") }
    return pair
  }

  func newKey(_ kind: NKeyKind) throws(StoreProblem) -> KeyPair { try Self.newKey(kind, inputs) }

  private static func newKey(_ kind: NKeyKind, _ inputs: SystemInputs) throws(StoreProblem) -> KeyPair {
    guard let random = inputs.random(32) else { throw .storage(.io, "the system gives no random numbers") }
    do throws(CryptoError) { return try KeyPair(kind, random: random) } catch { throw StoreProblem(error) }
  }

  /// In memory what is kept only for a statement: its files would be in the system's temporary folder, which may be full or read-only while the
  /// state folder is neither, and no deletion may fail for that.
  private static let modes = """
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
    PRAGMA journal_size_limit = \(longestLog); PRAGMA temp_store = MEMORY
    """
  /// In bytes. A longer log takes time to read for whoever opens the store first. Only a migration makes one: it is cut when it is begun anew.
  static let longestLog = 8 << 20

  private static func openDatabase(_ folder: StateDirectory, _ wasBegun: Bool, _ looking: Bool) throws(StoreProblem) -> Database {
    // A store that vanished from under its operator must not be begun anew: what it issued would be lost silently.
    if wasBegun, !StateDirectory.exists(folder.database) {
      throw .storage(.damaged, "store.db is gone but operator.jwt is there; bring the store back, or move the folder away: \(folder.path)")
    }
    guard folder.isWritable, !looking else {
      guard StateDirectory.exists(folder.database) else {
        throw .storage(.readOnly, "there is no store yet, and the state folder cannot be written")
      }
      return try .reading(folder.database)
    }
    try folder.claim(folder.database)
    let database = try Database(path: folder.database, writable: true)
    // Where the file could not be opened for writing, whatever the reason, SQLite has quietly opened it for reading.
    if database.isReadOnly, access(folder.database, W_OK) == 0 { throw .storage(.io, "the store could not be opened for writing") }
    return database
  }

  /// Whether nothing is there yet. Refuses what is not ours or from the future.
  private static func checkVersion(_ database: Database, _ folder: StateDirectory, _ wasBegun: Bool) throws(StoreProblem) -> Bool {
    // In one transaction: another process may be beginning the store.
    try database.execute("BEGIN")
    let application = try database.first("PRAGMA application_id") { $0.int(0) } ?? 0
    let version = try database.first("PRAGMA user_version") { $0.int(0) } ?? 0
    let tables = try database.first("SELECT count(*) FROM sqlite_schema") { $0.int(0) } ?? 0
    try database.execute("COMMIT")
    if application == 0, version == 0, tables == 0 {
      guard !wasBegun else {
        throw .storage(
          .damaged, "store.db is empty but operator.jwt is there; bring the store back, or move the folder away: \(folder.path)")
      }
      guard folder.isWritable else { throw .storage(.readOnly, "there is no store yet, and the state folder cannot be written") }
      return true
    }
    guard application == Schema.applicationID else {
      throw .storage(.damaged, "store.db is not this program's store; it was left as it is: \(folder.database)")
    }
    guard version <= Schema.version else {
      throw .storage(.newerVersion, "the store was written by a newer version of this program (\(version)); use that one")
    }
    return false
  }

  /// Everything a state folder has once, in one transaction: of several processes that begin at once one does it, the others find it done.
  private static func initialize(_ database: Database, _ inputs: SystemInputs) throws(StoreProblem) {
    try database.execute("BEGIN IMMEDIATE")
    let isDone = try database.first("PRAGMA user_version") { $0.int(0) } ?? 0 > 0
    if !isDone {
      try database.execute(Schema.version1)
      try migrate(database, from: 1)
      let (identity, signer) = (try newKey(.operator, inputs), try newKey(.operator, inputs))
      let (system, systemSigner) = (try newKey(.account, inputs), try newKey(.account, inputs))
      let seconds = inputs.now() / 1_000_000
      guard let random = inputs.random(6) else { throw .storage(.io, "the system gives no random numbers") }
      let suffix = random.map { String($0 % 36, radix: 36) }.joined()
      try database.run(
        "INSERT INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
        [
          .text("nats-credentials-bridge-\(suffix)"), .text(identity.seed), .text(signer.seed), .int(seconds), .text(system.seed),
          .text(systemSigner.seed), .int(seconds),
        ])
      try database.execute("PRAGMA application_id = \(Schema.applicationID)")
    }
    try database.execute("COMMIT")
  }
}
