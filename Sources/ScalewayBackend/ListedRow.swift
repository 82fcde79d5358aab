import JSON

/// One row of a list with what tells its place.
struct ListedRow<Row: Sendable>: Sendable {
  let row: Row
  let id: String
  /// As text that sorts like the times: UTC with nine digits below the second. Empty where the service gave none.
  let createdAt: String

  init(_ row: Row, _ reader: RowReader) throws(BadAnswer) {
    self.row = row
    id = try reader.text("id")
    createdAt = reader.value("created_at")?.string.flatMap(Self.sortable) ?? ""
  }

  /// Nil for what is no time of the API.
  static func sortable(_ time: String) -> String? {
    guard ServiceDate(api: time) != nil else { return nil }
    let plain = time.dropLast()
    let fraction = plain.count > 20 ? plain.dropFirst(20).prefix(9) : ""
    return plain.prefix(19) + "." + fraction + String(repeating: "0", count: 9 - fraction.count)
  }
}
