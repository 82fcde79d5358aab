import Credentials
import JSON

/// One of the two lists of the API: where it is, what is asked of it, and how its rows are read.
struct Listing<Row: Sendable>: Sendable {
  let endpoint: Endpoint
  /// The member of the response that holds the rows.
  let member: StaticString
  let filter: ListFilter
  let order: ListOrder
  let read: @Sendable (RowReader) throws(ResponseProblem) -> Row
  /// How one that is written as usual is read, in place of `read` and of the filter; nil where only `read` can.
  var usual: (@Sendable (inout UsualRows) -> ListedRow<Row>?)?

  func call(page: Int, size: Int) -> Call {
    .get(
      endpoint, [("order_by", order.rawValue)] + filter.query + [("page", String(page)), ("page_size", String(size))], in: filter.account)
  }

  /// Never more rows than were asked for: a service that gives more is not believed.
  func rows(in body: JSONSlice, size: Int, _ region: Region) throws(ResponseProblem) -> (rows: [ListedRow<Row>], total: Int) {
    let answer = try RowReader(body, region)
    guard let total = answer.value("total_count")?.int, total >= 0 else { throw ResponseProblem("total_count is not a count") }
    guard let list = answer.value(member) else { throw ResponseProblem("\(member) is missing") }
    if list.kind == .null { return ([], total) }
    guard list.kind == .array else { throw ResponseProblem("\(member) is not an array") }
    var rows: [ListedRow<Row>] = []
    for element in list.elements {
      if let row = element.withBytes({ usualRow($0, region) }) {
        rows.append(row)
        continue
      }
      let reader = try RowReader(element, region)
      try filter.check(reader)
      rows.append(try ListedRow(try read(reader), reader))
    }
    guard rows.count <= size else { throw ResponseProblem("a page has more rows than requested") }
    return (rows, total)
  }

  private func usualRow(_ bytes: UnsafeRawBufferPointer, _ region: Region) -> ListedRow<Row>? {
    var text = UsualRows(bytes, region, account: filter.account)
    return usual?(&text)
  }
}

extension Listing<Credential> {
  init(_ query: CredentialsQuery) {
    self.init(
      endpoint: .credentials, member: "nats_credentials", filter: ListFilter(project: query.projectID, account: query.accountID),
      order: query.order, read: { reader throws(ResponseProblem) in try reader.credential() },
      usual: { $0.credential() })
  }
}

extension Listing<Account> {
  init(_ query: AccountsQuery) {
    self.init(
      endpoint: .accounts, member: "nats_accounts", filter: ListFilter(project: query.projectID), order: query.order,
      read: { reader throws(ResponseProblem) in try reader.account() })
  }
}
