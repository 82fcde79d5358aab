import Credentials
import JSON
import NATSClient

/// Reads rows over one connection, whichever: the store's own, or the one that only reads.
final class StoreRows {
  let database: Database
  /// What accounts say as their endpoint.
  let endpoint: NATSAddress
  private var credentialByID: Statement?
  private var accountByID: Statement?

  init(database: Database, endpoint: NATSAddress) {
    self.database = database
    self.endpoint = endpoint
  }

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
  func page<Row>(
    _ list: ListSQL, _ page: Int, size: Int, _ make: (Database.Row) -> Row?
  ) throws(StoreProblem) -> Page<Row> {
    guard try mayHaveRows(list) else { return Page(rows: [], totalCount: 0, isLast: true) }
    let query = list.page(page, size: size)
    var rows: [Row] = []
    try database.run(query.sql, query.values) { if let row = make($0) { rows.append(row) } }
    let total = try total(list)
    return Page(rows: rows, totalCount: total, isLast: rows.isEmpty || (page - 1) * size + rows.count >= total)
  }

  /// The rows after a position, or the first; as `page`, inside a transaction.
  func next<Row>(
    _ list: ListSQL, size: Int, after position: StreamPosition?, _ make: (Database.Row) -> (Row?, KeyPosition)
  ) throws(StoreProblem) -> StreamPage<Row> {
    var start: KeyPosition?
    if let position {
      guard let read = KeyPosition(position.text, keyIsText: list.keyIsText) else {
        throw .refused(.invalidParameter("cursor", "is not a position in this list", expected: "a cursor from an earlier response"))
      }
      start = read
    }
    guard try mayHaveRows(list) else {
      return StreamPage(rows: [], totalCount: 0, next: StreamPosition(text: position?.text ?? ""), isLast: true)
    }
    let query = list.after(start, size: size)
    var rows: [Row] = []
    var last = start
    var seen = 0
    try database.run(query.sql, query.values) { row in
      seen += 1
      guard seen <= size else { return }
      let (made, place) = make(row)
      if let made { rows.append(made) }
      last = place
    }
    let end = last.map(\.text) ?? position?.text ?? ""
    return StreamPage(rows: rows, totalCount: try total(list), next: StreamPosition(text: end), isLast: seen <= size)
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
