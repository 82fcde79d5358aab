import Credentials
import JSON

/// What a list is narrowed to, and what a row that answers it must then say.
struct ListFilter: Sendable {
  let project: ProjectID?
  let account: AccountID?

  init(project: ProjectID? = nil, account: AccountID? = nil) {
    self.project = project
    self.account = account
  }

  var query: [(name: String, value: String)] {
    (project.map { [("project_id", $0.text)] } ?? []) + (account.map { [("nats_account_id", $0.text)] } ?? [])
  }

  /// A filter that the service dropped, or another request's response, would show what nobody asked for, and what is done to a row would be
  /// done to a bystander. A credential need not say its project: the API has no such member yet.
  func check(_ row: RowReader) throws(ResponseProblem) {
    if let account, try row.text("nats_account_id") != account.text { throw ResponseProblem("a row is another account's") }
    if let project, let theirs = row.value("project_id"), theirs.kind != .null, theirs.string.flatMap({ ProjectID($0) }) != project {
      throw ResponseProblem("a row is another project's")
    }
  }
}
