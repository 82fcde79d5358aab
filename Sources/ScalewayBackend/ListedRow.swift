import Credentials
import JSON

/// One row of a list with what tells its position.
struct ListedRow<Row: Sendable>: Sendable {
  let row: Row
  let id: String
  /// Nil where the service gave none, or none that is one.
  let createdAt: ListedTime?

  init(_ row: Row, id: String, createdAt: ListedTime?) {
    self.row = row
    self.id = id
    self.createdAt = createdAt
  }

  init(_ row: Row, _ reader: RowReader) throws(ResponseProblem) {
    self.init(row, id: try reader.text("id"), createdAt: reader.value("created_at")?.string.flatMap { ListedTime($0) })
  }
}
