import JSON
import System
import Terminal

/// A table of the rows, for people.
struct TableOutput: CallOutput {
  /// The member of a result that lists rows.
  let list: String
  let look: TerminalLook
  private var shown: (columns: [RowColumn], table: TextTable)?

  init(of list: String, on look: TerminalLook) {
    self.list = list
    self.look = look
  }

  mutating func add(_ rows: [JSONSlice], to bytes: inout [UInt8]) {
    guard !rows.isEmpty else { return }
    var (columns, table) = shown ?? begin(rows)
    let now = SystemInputs.real.now() / 1_000_000
    let text = table.lines(of: rows.map { row in columns.map { $0.cell(of: row, now: now) } })
    shown = (columns, table)
    bytes += text.utf8
  }

  mutating func result(_ result: JSONSlice) -> [UInt8] {
    var bytes: [UInt8] = []
    add(result.members.first { $0.name == list }?.value.elements ?? [], to: &bytes)
    return bytes
  }

  private func begin(_ rows: [JSONSlice]) -> (columns: [RowColumn], table: TextTable) {
    let columns = RowColumn.columns(of: list).filter { column in
      !column.isOptional || rows.contains { row in row.members.contains { $0.name == column.member } }
    }
    return (columns, TextTable(columns.map { TextTable.Column($0.title, isCut: $0.isCut) }, on: look))
  }
}
