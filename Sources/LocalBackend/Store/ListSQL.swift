import Credentials

/// The SQL of one list: which rows, in which order, and how a page of it is cut. Every order has an index that ends with the id, so a
/// page costs what its rows cost.
struct ListSQL {
  enum Table: String { case credentials, accounts }

  let table: Table
  private let columns: String
  private let filter: (column: String, value: String)?
  /// Where both were asked for. An account belongs to one project, so the list has all rows of the account or none, and no index has both.
  let membership: (account: String, project: String)?
  private let key: String
  private let isDescending: Bool

  init(_ query: CredentialsQuery) {
    table = .credentials
    columns = CredentialRow.listedColumns
    filter = query.accountID.map { ("account_id", $0.text) } ?? query.projectID.map { ("project_id", $0.text) }
    membership = query.accountID.flatMap { account in query.projectID.map { (account.text, $0.text) } }
    // A credential's update is its creation.
    (key, isDescending) = Self.order(query.order, updated: "created_at")
  }

  init(_ query: AccountsQuery) {
    table = .accounts
    columns = AccountRow.columns
    filter = query.projectID.map { ("project_id", $0.text) }
    membership = nil
    (key, isDescending) = Self.order(query.order, updated: "updated_at")
  }

  private static func order(_ order: ListOrder, updated: String) -> (String, Bool) {
    switch order {
    case .createdAtAscending: ("created_at", false)
    case .createdAtDescending: ("created_at", true)
    case .updatedAtAscending: (updated, false)
    case .updatedAtDescending: (updated, true)
    case .nameAscending: ("name", false)
    case .nameDescending: ("name", true)
    }
  }

  var keyIsText: Bool { key == "name" }
  var isByUpdate: Bool { key == "updated_at" }

  private var filterValues: [Database.Value] { filter.map { [.text($0.value)] } ?? [] }
  private var filterSQL: [String] { filter.map { ["\($0.column) = ?"] } ?? [] }
  private var orderSQL: String { isDescending ? "ORDER BY \(key) DESC, id DESC" : "ORDER BY \(key), id" }

  private func whereSQL(_ conditions: [String]) -> String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }

  /// The page's ids are found in the index alone; only its rows are then fetched.
  func page(_ page: Int, size: Int) -> (sql: String, values: [Database.Value]) {
    (
      "SELECT \(columns) FROM \(table.rawValue) WHERE id IN (SELECT id FROM \(table.rawValue) \(whereSQL(filterSQL)) \(orderSQL) LIMIT ? OFFSET ?) \(orderSQL)",
      filterValues + [.int(Int64(size)), .int(Int64(page - 1) * Int64(size))]
    )
  }

  /// The rows after a place, or the first.
  func after(_ position: KeyPosition?, limit: Int) -> (sql: String, values: [Database.Value]) {
    var conditions = filterSQL
    var values = filterValues
    if let position {
      conditions.append("(\(key), id) \(isDescending ? "<" : ">") (?, ?)")
      values += [position.value, .text(position.id)]
    }
    return ("SELECT \(columns) FROM \(table.rawValue) \(whereSQL(conditions)) \(orderSQL) LIMIT ?", values + [.int(Int64(limit))])
  }

  /// How many rows the whole list has: read from a counter.
  var total: (sql: String, values: [Database.Value]) {
    ("SELECT rows FROM counts WHERE list = ? AND scope = ?", [.text(table.rawValue), .text(filter?.value ?? "")])
  }
}
