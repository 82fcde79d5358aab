import Credentials
import JSON

/// One row of a list with what tells its position.
struct ListedRow<Row: Sendable>: Sendable {
  let row: Row
  let id: String
  /// As text that sorts like the times: UTC with nine digits below the second. Empty where the service gave none.
  let createdAt: String

  init(_ row: Row, _ reader: RowReader) throws(ResponseProblem) {
    self.row = row
    id = try reader.text("id")
    createdAt = reader.value("created_at")?.string.flatMap(Self.sortable) ?? ""
  }

  /// Nil for what is no time of the API; of what is, 29 characters.
  static func sortable(_ time: String) -> String? {
    guard UTCTime(sortable: time) != nil else { return nil }
    let bytes = Array(time.utf8.dropLast())
    let fraction = bytes.dropFirst(20).prefix(9)
    let filled = bytes.prefix(19) + [UInt8(ascii: ".")] + fraction + [UInt8](repeating: UInt8(ascii: "0"), count: 9 - fraction.count)
    return String(decoding: filled, as: UTF8.self)
  }
}
