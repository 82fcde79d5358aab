import JSON
import JSONRPC
import System
import Terminal

/// Turns the session's lines into what a person or a script reads, errors on stderr. Knows the exit status afterwards.
final class CallPrinter: Sendable {
  private struct State {
    var output: any CallOutput
    /// Nil until something is known.
    var status: Int32?
    var rows = 0
    /// What is said on stderr once everything was printed.
    var remark: String?
  }

  private let request: CallRequest
  private let options: CallOptions
  private let progress: ProgressLine?
  private let isTerminal: Bool
  /// Whether rows stand in a table.
  private let isTable: Bool
  private let state: Locked<State>

  init(_ request: CallRequest, _ options: CallOptions, on look: TerminalLook, progress: ProgressLine?) {
    self.request = request
    self.options = options
    self.progress = progress
    isTerminal = look.isTerminal
    let list = request.list
    let form = options.output ?? (look.isTerminal && list != nil ? .table : request.method.isStream ? .lines : .json)
    isTable = options.field == nil && form == .table
    let output: any CallOutput =
      if let field = options.field {
        FieldOutput(path: field, isOfChange: request.method.effect == .mutation, look: look)
      } else {
        switch form {
        case .table: TableOutput(of: list ?? "", on: look)
        case .json: JSONOutput(isPretty: look.isTerminal)
        case .lines: LinesOutput(list: list)
        }
      }
    state = Locked(State(output: output))
  }

  /// Whether more is printed after this.
  func render(_ line: [UInt8]) -> (bytes: [UInt8], goesOn: Bool) {
    // A row lacked what was to be printed, and its request was ended: the response says only that.
    guard state.withLock({ $0.status }) == nil, let message = JSONSlice(parsing: line) else { return ([], false) }
    var bytes: [UInt8] = []
    do throws(FieldPath.Missing) { try render(message.members, to: &bytes) } catch {
      fail(ExitStatus.usageOfCall) { options.errors.write(CallRequest.refusal(error.message)) }
    }
    return (bytes, state.withLock { $0.status } == nil)
  }

  /// After the last line: the progress is gone, and what is left to say is said. Returns the exit status; nil if there was no response.
  func finish() -> Int32? {
    progress?.end()
    let (status, remark) = state.withLock { ($0.status, $0.remark) }
    if let remark { StandardError.write(remark) }
    return status
  }

  private func render(_ message: [(name: String, value: JSONSlice)], to bytes: inout [UInt8]) throws(FieldPath.Missing) {
    if let part = message.first(where: { $0.name == "params" })?.value.members.first(where: { $0.name == "value" })?.value {
      return try add(rowsOf: part, to: &bytes)
    }
    if let error = message.first(where: { $0.name == "error" })?.value.value {
      return fail(ExitStatus.ofCall(endingWith: error["code"]?.int ?? 0)) { options.errors.write(error) }
    }
    guard let result = message.first(where: { $0.name == "result" })?.value else { return }
    if isTerminal { progress?.end() }
    bytes += request.method.isStream ? streamEnd(result.value) : try whole(result)
  }

  private func fail(_ status: Int32, _ write: () -> Void) {
    progress?.end()
    state.withLock { $0.status = status }
    write()
  }

  private func whole(_ result: JSONSlice) throws(FieldPath.Missing) -> [UInt8] {
    try state.withLock { (state) throws(FieldPath.Missing) in
      let bytes = try state.output.result(result)
      state.status = 0
      if isTable { state.remark = remark(on: result.value) }
      return bytes
    }
  }

  /// What a table does not show of its page.
  private func remark(on result: JSONValue) -> String? {
    let count = result.members?.first { $0.value.array != nil }?.value.array?.count ?? 0
    if let next = result["next_page"]?.int, let total = result["total_count"]?.int {
      return "\(count) of \(total); page=\(next) shows more, --all shows all"
    }
    return count == 0 ? "the list is empty" : nil
  }

  private func add(rowsOf part: JSONSlice, to bytes: inout [UInt8]) throws(FieldPath.Missing) {
    let members = part.members
    let rows = members.first { $0.value.kind == .array }?.value.elements ?? []
    let total = members.first { $0.name == "total_count" }?.value.int
    // On the same terminal the rows say as much.
    if isTerminal { progress?.end() }
    try state.withLock { (state) throws(FieldPath.Missing) in
      state.rows += rows.count
      progress?.say("\(request.name): \(state.rows)\(total.map { " of \($0)" } ?? "") rows")
      try state.output.add(rows, to: &bytes)
    }
  }

  private func streamEnd(_ result: JSONValue) -> [UInt8] {
    state.withLock { state in
      state.status = 0
      if isTable, state.rows == 0 { state.remark = "the list is empty" }
      if result["complete"] == .bool(false) {
        let cursor = result["cursor"]?.string
        state.remark = "the list is not complete" + (cursor.map { "; continue with cursor=\($0)" } ?? "")
        // Nobody asked for less than all: a script must not go on with half a list.
        if cursor == nil { state.status = 1 }
      }
      return state.output.end()
    }
  }
}
