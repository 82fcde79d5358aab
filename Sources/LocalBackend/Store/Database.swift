import CLibraries
import Credentials
import System

/// One connection to SQLite. Not for two threads; statements are prepared once and kept.
final class Database {
  enum Value {
    case text(String)
    case int(Int64)
    case null
  }

  private let handle: OpaquePointer
  private var statements: [String: Statement] = [:]
  /// Of some of them, by where their text stands, which is one place for each literal. To hash 11 statements of 100 bytes and more takes 25,000
  /// instructions of a create.
  private var recent: [(sql: String, statement: Statement)?] = Array(repeating: nil, count: 128)

  private static let readWrite: Int32 = 0x2
  private static let create: Int32 = 0x4
  private static let readOnly: Int32 = 0x1
  /// No locks of its own, links refused, extended result codes from the start, `file:` paths.
  private static let always: Int32 = 0x8000 | 0x0100_0000 | 0x0200_0000 | 0x40

  static func openLibrary() throws(StoreProblem) {
    guard let problem = ncb_sqlite_open_library()?.pointee else { return }
    let (library, reason) = ("libsqlite3", String(cString: problem.message))
    if problem.is_missing != 0 { throw .refused(.libraryMissing(library, package: "libsqlite3-0", reason: reason)) }
    throw .refused(.libraryUnusable(library, path: problem.path.map { String(cString: $0) }, reason: reason))
  }

  convenience init(path: String, writable: Bool) throws(StoreProblem) {
    try self.init(path: path, writable ? Self.readWrite | Self.create : Self.readOnly, waits: true)
  }

  /// For reading beside a connection that writes. It waits for nobody, and writes only where it is the last to be closed: then it takes the log
  /// in and away, as the last one does that only reads could not.
  static func reading(besideWritersOf path: String) throws(StoreProblem) -> Database {
    let database = try Database(path: path, Self.readWrite, waits: false)
    try database.execute("PRAGMA query_only = ON; PRAGMA fullfsync = ON; PRAGMA trusted_schema = OFF")
    return database
  }

  private init(path: String, _ access: Int32, waits: Bool) throws(StoreProblem) {
    try Self.openLibrary()
    var opened: OpaquePointer?
    let code = ncb_sqlite_open(path, &opened, access | Self.always)
    guard let opened else { throw .storage(.io, "SQLite has no memory") }
    handle = opened
    guard code == 0 else {
      let problem = Self.problem(opened, code)
      ncb_sqlite_close(opened)
      throw problem
    }
    // Waiting longer is the transaction's own business: it looks for cancels in between.
    if waits { ncb_sqlite_busy_timeout(opened, 20) }
  }

  /// For reading alone. On a read-only medium SQLite cannot make the files a log needs; what never changes can be read without.
  static func reading(_ path: String) throws(StoreProblem) -> Database {
    do throws(StoreProblem) { return try probed(path) } catch {
      return try probed("file:\(percentEncoded(path))?immutable=1")
    }
  }

  private static func probed(_ path: String) throws(StoreProblem) -> Database {
    let database = try Database(path: path, writable: false)
    try database.run("SELECT count(*) FROM sqlite_schema")
    return database
  }

  private static func percentEncoded(_ path: String) -> String {
    path.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }.joined()
  }

  deinit {
    for statement in statements.values { statement.close() }
    ncb_sqlite_close(handle)
  }

  /// Several statements without values or rows.
  func execute(_ sql: String) throws(StoreProblem) {
    let code = ncb_sqlite_exec(handle, sql)
    guard code == 0 else { throw Self.problem(handle, code) }
  }

  /// One statement; `read` is called for each row.
  func run(_ sql: String, _ values: [Value] = [], _ read: (Row) throws(StoreProblem) -> Void = { _ in }) throws(StoreProblem) {
    try statement(sql).run(values, read)
  }

  /// One statement, committed by itself, that a power cut may undo. After an error the connection must be closed.
  func runUnsynced(_ sql: String, _ values: [Value]) throws(StoreProblem) {
    try execute("PRAGMA synchronous = NORMAL")
    try run(sql, values)
    try execute("PRAGMA synchronous = FULL")
  }

  /// The first row of one statement.
  func first<Result>(_ sql: String, _ values: [Value] = [], _ read: (Row) -> Result) throws(StoreProblem) -> Result? {
    var found: Result?
    try run(sql, values) { if found == nil { found = read($0) } }
    return found
  }

  /// Rows the last statement changed.
  var changes: Int { Int(ncb_sqlite_changes(handle)) }

  /// Rows all statements changed since the database was opened.
  var totalChanges: Int32 { ncb_sqlite_total_changes(handle) }

  var isReadOnly: Bool { ncb_sqlite_db_readonly(handle) != 0 }

  var isInTransaction: Bool { ncb_sqlite_get_autocommit(handle) == 0 }

  /// The statement of a text, prepared at its first use and kept: whoever uses one often keeps it, too, and spares looking it up.
  func statement(_ sql: String) throws(StoreProblem) -> Statement {
    let place = sql.utf8.withContiguousStorageIfAvailable { UInt(bitPattern: $0.baseAddress) }
    let slot = Int((place ?? 0) / 16 % UInt(recent.count))
    // Of two literals that are one, their texts are not compared.
    if let found = recent[slot], found.sql == sql { return found.statement }
    let statement = try kept(sql)
    recent[slot] = (sql, statement)
    return statement
  }

  private func kept(_ sql: String) throws(StoreProblem) -> Statement {
    if let statement = statements[sql] { return statement }
    var prepared: OpaquePointer?
    let code = ncb_sqlite_prepare(handle, sql, &prepared)
    guard code == 0, let prepared else { throw Self.problem(handle, code) }
    let statement = Statement(prepared, of: handle)
    statements[sql] = statement
    return statement
  }

  static func problem(_ handle: OpaquePointer, _ code: Int32) -> StoreProblem {
    let said = String(cString: ncb_sqlite_errmsg(handle))
    switch code & 0xFF {
    case 5, 6: return .busy
    case 8: return .storage(.readOnly, "the store cannot be written: \(said)")
    case 11, 26: return .storage(.damaged, "the store is damaged or not this program's; it was left as it is: \(said)")
    case 13: return .storage(.full, "the disk is full")
    case 3, 23: return .storage(.permissions, "the store may not be opened: \(said)")
    default:
      // "Cannot open" and "disk I/O error" are many things; the system said which.
      let number = ncb_sqlite_system_errno(handle)
      let words = number == 0 ? "" : ", \(SystemError.words(number))"
      return .storage(StoreProblem.reason(number), "the store failed (SQLite \(code)): \(said)\(words)")
    }
  }
}
