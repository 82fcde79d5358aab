import Credentials
import JSON
import NATSClient

/// Reads rows over one connection, whichever: the store's own, or the one that only reads.
final class StoreRows {
  let database: Database
  /// What accounts say as their endpoint.
  let endpoint: NATSAddress
  /// Of the tables, when it was read last.
  private(set) var version: Int64 = 0
  private var credentialByID: Statement?
  private var accountByID: Statement?

  /// What a usual row takes.
  private static let rowBytes = 416

  init(database: Database, endpoint: NATSAddress) {
    self.database = database
    self.endpoint = endpoint
  }

  /// Others may have migrated them, or a migration of this one's was undone.
  func readVersion() throws(StoreProblem) { version = try database.first("PRAGMA user_version") { $0.int(0) } ?? 0 }

  private static let credentialByID = "SELECT \(CredentialRow.columns) FROM credentials WHERE id = ?"
  private static let accountByID = "SELECT \(AccountRow.columns) FROM accounts WHERE id = ?"

  /// One credential as `make` has it; nil if it is not there.
  func credential<Result>(_ id: CredentialID, _ make: (CredentialRow) -> Result?) throws(StoreProblem) -> Result? {
    let statement = if let credentialByID { credentialByID } else { try database.statement(Self.credentialByID) }
    credentialByID = statement
    return try statement.row(of: id.text) { make(CredentialRow($0)) }
  }

  /// One account as `make` has it; nil if it is not there.
  func account<Result>(_ id: String, _ make: (AccountRow) -> Result?) throws(StoreProblem) -> Result? {
    let statement = if let accountByID { accountByID } else { try database.statement(Self.accountByID) }
    accountByID = statement
    return try statement.row(of: id) { make(AccountRow($0)) }
  }

  /// `page` counts from 1. Inside a transaction: of its statements each must see the same.
  func page(_ list: ListSQL, _ page: Int, size: Int) throws(StoreProblem) -> Page<RowsText> {
    guard try mayHaveRows(list) else { return Page(rows: RowsText(), totalCount: 0, isLast: true) }
    let total = try total(list)
    var rows = ListedRows(of: list, in: self, roomFor: min(size, total) * Self.rowBytes)
    let query = page == 1 ? list.after(nil, limit: size) : list.page(page, size: size, of: total)
    try database.run(query.sql, query.values) { row throws(StoreProblem) in try rows.append(row) }
    let count = rows.text.count
    return Page(rows: rows.text, totalCount: total, isLast: count == 0 || (page - 1) * size + count >= total)
  }

  /// The rows after a position, or the first; as `page`, inside a transaction.
  func next(_ list: ListSQL, size: Int, after position: StreamPosition?) throws(StoreProblem) -> StreamPage<RowsText> {
    var start: KeyPosition?
    if let position {
      guard let read = KeyPosition(position.text, keyIsText: list.keyIsText) else {
        throw .refused(.invalidParameter("cursor", "is not a position in this list", expected: "a cursor from an earlier response"))
      }
      start = read
    }
    guard try mayHaveRows(list) else {
      return StreamPage(rows: RowsText(), totalCount: 0, next: StreamPosition(text: position?.text ?? ""), isLast: true)
    }
    let total = try total(list)
    var rows = ListedRows(of: list, in: self, roomFor: min(size, total) * Self.rowBytes)
    // One more than asked for, which tells whether there is a next page.
    let query = list.after(start, limit: size + 1)
    var seen = 0
    try database.run(query.sql, query.values) { row throws(StoreProblem) in
      seen += 1
      if seen <= size { try rows.append(row) }
    }
    let end = rows.last?.text ?? start?.text ?? position?.text ?? ""
    return StreamPage(rows: rows.text, totalCount: total, next: StreamPosition(text: end), isLast: seen <= size)
  }

  /// Whether an account is being deleted.
  func isClosing(_ account: String) throws(StoreProblem) -> Bool {
    try database.statement("SELECT 1 FROM accounts WHERE id = ? AND closing_iat IS NOT NULL").row(of: account) { _ in true } ?? false
  }

  /// False where the list is of an account and of a project that is not the account's.
  private func mayHaveRows(_ list: ListSQL) throws(StoreProblem) -> Bool {
    guard let membership = list.membership else { return true }
    return try database.first(
      "SELECT 1 FROM accounts WHERE id = ? AND project_id = ?", [.text(membership.account), .text(membership.project)]
    ) { _ in true } ?? false
  }

  private func total(_ list: ListSQL) throws(StoreProblem) -> Int {
    let query = list.total
    return Int(try database.first(query.sql, query.values) { $0.int(0) } ?? 0)
  }
}
