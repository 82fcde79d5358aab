import Credentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The rows of one page while they come.
struct ListedRows {
  private(set) var text = RowsText()
  private let store: StoreRows
  private let table: ListSQL.Table
  private let keyIsText: Bool
  private let isByUpdate: Bool
  private let isByNumber: Bool
  /// The sort key and the id of the last row, in memory that all rows use: as texts they would be made for each.
  private var number: Int64 = 0
  private var name: [UInt8] = []
  private var id: [UInt8] = []
  /// The account that was looked up last. Rows of one account often follow one another, and to look it up takes as long as the rest of a row.
  private var account: [UInt8] = []
  private var accountIsClosing = false

  init(of list: ListSQL, in store: StoreRows, roomFor byteCount: Int) {
    (self.store, table) = (store, list.table)
    (keyIsText, isByUpdate, isByNumber) = (list.keyIsText, list.isByUpdate, list.isByNumber)
    text.reserve(byteCount, rows: 100)
  }

  /// Where the last row stands in its list; nil if there is none.
  var last: KeyPosition? {
    if id.isEmpty { return nil }
    let key: Database.Value = keyIsText ? .text(String(decoding: name, as: UTF8.self)) : .int(number)
    return KeyPosition(value: key, id: String(decoding: id, as: UTF8.self), isNumber: isByNumber)
  }

  mutating func append(_ row: Database.Row) throws(StoreProblem) {
    switch table {
    case .credentials:
      let number = isByNumber ? row.int(CredentialRow.numberColumn) : 0
      let row = CredentialRow(row)
      if !isAccount(row.account) {
        account = Array(row.account)
        accountIsClosing = try store.isClosing(String(decoding: account, as: UTF8.self))
      }
      row.append(to: &text, accountIsClosing: accountIsClosing)
      note(row.id, row.name, isByNumber ? number : row.createdAt)
    case .accounts:
      let row = AccountRow(row)
      row.append(to: &text, at: store.endpoint)
      note(row.id, row.name, isByUpdate ? row.updatedAt : row.createdAt)
    }
  }

  private mutating func note(_ id: UnsafeRawBufferPointer, _ name: UnsafeRawBufferPointer, _ number: Int64) {
    if keyIsText { self.name.replaceSubrange(0..., with: name) } else { self.number = number }
    self.id.replaceSubrange(0..., with: id)
  }

  private func isAccount(_ other: UnsafeRawBufferPointer) -> Bool {
    guard let start = other.baseAddress, other.count == account.count else { return false }
    return account.withUnsafeBytes { $0.baseAddress.map { memcmp($0, start, other.count) == 0 } ?? false }
  }
}
