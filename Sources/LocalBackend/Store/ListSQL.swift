import Credentials

/// The SQL of one list: which rows, in which order, and how a page of it is cut. Credentials are kept in the order of their creation; every
/// other order has an index that ends with the id. So a page costs what its rows cost.
struct ListSQL {
  enum Table: String { case credentials, accounts }

  let table: Table
  private let columns: String
  private let filter: (column: String, value: String)?
  /// Where both were asked for. An account belongs to one project, so the list has all rows of the account or none, and no index has both.
  let membership: (account: String, project: String)?
  private let key: String
  private let isDescending: Bool
  /// By what its rows are found.
  private let rowKey: String

  /// `version`: of the store's tables.
  init(_ query: CredentialsQuery, in version: Int64) {
    table = .credentials
    filter = query.accountID.map { ("account_id", $0.text) } ?? query.projectID.map { ("project_id", $0.text) }
    membership = query.accountID.flatMap { account in query.projectID.map { (account.text, $0.text) } }
    rowKey = version >= 4 ? "number" : "id"
    let created = version >= 4 ? "number" : "created_at"
    // A credential's update is its creation.
    (key, isDescending) = Self.order(query.order, created: created, updated: created)
    columns = CredentialRow.listedColumns + (key == "number" ? ", number" : "")
  }

  init(_ query: AccountsQuery) {
    table = .accounts
    columns = AccountRow.columns
    filter = query.projectID.map { ("project_id", $0.text) }
    membership = nil
    rowKey = "id"
    (key, isDescending) = Self.order(query.order, created: "created_at", updated: "updated_at")
  }

  private static func order(_ order: ListOrder, created: String, updated: String) -> (String, Bool) {
    switch order {
    case .createdAtAscending: (created, false)
    case .createdAtDescending: (created, true)
    case .updatedAtAscending: (updated, false)
    case .updatedAtDescending: (updated, true)
    case .nameAscending: ("name", false)
    case .nameDescending: ("name", true)
    }
  }

  var keyIsText: Bool { key == "name" }
  var isByUpdate: Bool { key == "updated_at" }
  /// No two rows have the same key.
  var isByNumber: Bool { key == "number" }

  private var filterValues: [Database.Value] { filter.map { [.text($0.value)] } ?? [] }
  private var filterSQL: [String] { filter.map { ["\($0.column) = ?"] } ?? [] }

  private func orderSQL(descending: Bool) -> String {
    let way = descending ? " DESC" : ""
    return isByNumber ? "ORDER BY \(key)\(way)" : "ORDER BY \(key)\(way), id\(way)"
  }

  private func whereSQL(_ conditions: [String]) -> String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }

  /// A page of a list that has so many rows. Its rows are found in the index alone, from the end of the list that is nearer; only these are
  /// then fetched.
  func page(_ page: Int, size: Int, of total: Int) -> (sql: String, values: [Database.Value]) {
    let skipped = min(total, (page - 1) * size)
    let count = min(size, total - skipped)
    let left = total - skipped - count
    let isFromEnd = left < skipped
    return (
      """
      SELECT \(columns) FROM \(table.rawValue) WHERE \(rowKey) IN (
        SELECT \(rowKey) FROM \(table.rawValue) \(whereSQL(filterSQL)) \(orderSQL(descending: isDescending != isFromEnd)) LIMIT ? OFFSET ?)
      \(orderSQL(descending: isDescending))
      """, filterValues + [.int(Int64(count)), .int(Int64(isFromEnd ? left : skipped))]
    )
  }

  /// The rows after a place, or the first.
  func after(_ position: KeyPosition?, limit: Int) -> (sql: String, values: [Database.Value]) {
    var conditions = filterSQL
    var values = filterValues
    if let position {
      let comparison = isDescending ? "<" : ">"
      if isByNumber, position.isNumber {
        conditions.append("number \(comparison) ?")
        values.append(position.value)
      } else if isByNumber {
        // A cursor of an older version. The numbers of its rows are in the order of its keys, and none is before its time; going down, all that
        // came later is passed over, once.
        conditions += isDescending ? [] : ["number >= ?"]
        conditions.append("(created_at, id) \(comparison) (?, ?)")
        values += (isDescending ? [] : [position.value]) + [position.value, .text(position.id)]
      } else {
        conditions.append("(\(key), id) \(comparison) (?, ?)")
        values += [position.value, .text(position.id)]
      }
    }
    let order = orderSQL(descending: isDescending)
    return ("SELECT \(columns) FROM \(table.rawValue) \(whereSQL(conditions)) \(order) LIMIT ?", values + [.int(Int64(limit))])
  }

  /// How many rows the whole list has: read from a counter.
  var total: (sql: String, values: [Database.Value]) {
    ("SELECT rows FROM counts WHERE list = ? AND scope = ?", [.text(table.rawValue), .text(filter?.value ?? "")])
  }
}
