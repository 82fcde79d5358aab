import Credentials

extension OpenStore {
  func credential(_ id: CredentialID) throws(StoreProblem) -> Credential? {
    try database.first("SELECT \(CredentialRow.columns) FROM credentials WHERE id = ?", [.text(id.text)]) { CredentialRow($0).credential }
      ?? nil
  }

  func account(_ id: String) throws(StoreProblem) -> Account? {
    try database.first("SELECT \(AccountRow.columns) FROM accounts WHERE id = ?", [.text(id)]) { AccountRow($0).account(at: self.endpoint) }
      ?? nil
  }

  func isClosing(_ account: String) throws(StoreProblem) -> Bool {
    try database.first("SELECT 1 FROM accounts WHERE id = ? AND closing_iat IS NOT NULL", [.text(account)]) { _ in true } ?? false
  }

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
