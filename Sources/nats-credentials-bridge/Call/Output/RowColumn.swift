import Credentials
import JSON
import Terminal

/// What a table shows of a row, by the noun: what tells rows apart first, and what a narrow terminal may leave out last. Never a secret: a member
/// that is not named here is not shown.
struct RowColumn: Sendable {
  enum Form: Sendable { case text, time, state }

  let title: String
  let member: String
  var form = Form.text
  var isCut = false
  /// Left out where no row of the first page has it.
  var isOptional = false

  static func columns(of list: String) -> [RowColumn] {
    let (name, id) = (RowColumn(title: "NAME", member: "name", isCut: true), RowColumn(title: "ID", member: "id"))
    let created = RowColumn(title: "CREATED", member: "created_at", form: .time)
    let state = RowColumn(title: "STATE", member: "state", form: .state, isOptional: true)
    switch list {
    case "nats_credentials": return [name, id, created, state, RowColumn(title: "ACCOUNT", member: "nats_account_id")]
    case "nats_accounts": return [name, id, created, state, RowColumn(title: "ENDPOINT", member: "endpoint")]
    default: return [name, id]
    }
  }

  /// `now` is in seconds since 1970.
  func cell(of row: JSONSlice, now: Int64) -> TextTable.Cell {
    guard let value = row.members.first(where: { $0.name == member })?.value, value.kind != .null else { return TextTable.Cell("-") }
    let text = value.string ?? JSONText(value.value).text
    switch form {
    case .text: return TextTable.Cell(text)
    case .time: return TextTable.Cell(UTCTime(text).map { RelativeTime.text(secondsAgo: now - $0.seconds) } ?? text)
    case .state: return TextTable.Cell(text, text == "active" ? nil : .yellow)
    }
  }
}
