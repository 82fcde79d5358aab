extension OpenStore {
  /// First of all in a transaction that writes: another process may have migrated the store since it was opened here, and a store of an
  /// older version is migrated now, in this transaction, unless it is to stay as it is. Gives the version from which it is migrated; nil if
  /// it is not.
  func beginChange(migrating: Bool) throws(StoreProblem) -> Int64? {
    try readVersion()
    guard version <= Schema.version else {
      throw .storage(.newerVersion, "a newer version of this program (\(version)) has taken over the store; use that one")
    }
    guard version < Schema.version, migrating else { return nil }
    let older = version
    try Self.migrate(database, from: older)
    try readVersion()
    return older
  }

  /// Inside a transaction: gives a store the tables of this version. There is one way to them, whether it has rows or is new.
  static func migrate(_ database: Database, from older: Int64) throws(StoreProblem) {
    if older < 2 { try database.execute(Schema.version2) }
    if older < 3 { try database.execute(Schema.version3) }
    try database.execute(Schema.version4)
    try numberCredentials(database)
    try database.execute(Schema.version4Indexes)
    try database.execute("PRAGMA user_version = \(Schema.version)")
  }

  /// An index over so many rows takes 60 MB of memory while it is made; of more than these it is sorted in the system's temporary folder.
  private static let mostSortedInMemory: Int64 = 100_000

  /// Before the transaction: afterwards it cannot be changed. True if the connection is not to be used for more than the migration.
  func prepareMigration() throws(StoreProblem) -> Bool {
    let count = try database.first("SELECT rows FROM counts WHERE list = 'credentials' AND scope = ''") { $0.int(0) } ?? 0
    guard count > Self.mostSortedInMemory else { return false }
    try database.execute("PRAGMA temp_store = FILE")
    return true
  }

  /// In the order of creation, so that the table only grows at its end.
  private static func numberCredentials(_ database: Database) throws(StoreProblem) {
    let numbering = try database.statement(Schema.numbering)
    var last: Int64 = 0
    try database.run(Schema.unnumbered) { row throws(StoreProblem) in
      // A time beyond all is in a damaged store only; then the number is there already, which is said.
      last = max(last &+ 1, row.int(1))
      try numbering.run([.int(last), .text(row.text(0))]) { _ in }
    }
  }
}
