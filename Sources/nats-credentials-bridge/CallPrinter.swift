import JSON
import System

/// Turns the session's lines into what a person or a pipe reads: the result, pretty on a terminal and one line otherwise; of a stream
/// one row per line; errors on stderr. Knows the exit status afterwards.
final class CallPrinter: Sendable {
  private let isTerminal: Bool
  private let exitStatus = Locked<Int32>(1)

  init(isTerminal: Bool) { self.isTerminal = isTerminal }

  var status: Int32 { exitStatus.withLock { $0 } }

  func render(_ line: [UInt8]) -> [UInt8] {
    guard let message = JSONSlice(parsing: line)?.value else { return [] }
    if let part = message["params"]?["value"] { return rows(of: part) }
    if let error = message["error"] {
      exitStatus.withLock { $0 = ExitStatus.ofCall(endingWith: error["code"]?.int ?? 0) }
      let kind = error["data"]?["kind"]?.string ?? "internal"
      let outcome = error["data"]?["outcome"]?.string ?? "none"
      let state = outcome == "none" ? "" : " (outcome: \(outcome))"
      StandardError.write("\(kind): \(error["message"]?.string ?? "")\(state)")
      return []
    }
    exitStatus.withLock { $0 = 0 }
    guard let result = message["result"] else { return [] }
    // The end of a stream: its rows were printed.
    if result["complete"] != nil, result["moved"] != nil { return streamEnd(result) }
    return isTerminal ? result.pretty : JSONText(result).bytes + [0x0A]
  }

  private func rows(of part: JSONValue) -> [UInt8] {
    let rows = part.members?.first { $0.value.array != nil }?.value.array ?? []
    return rows.flatMap { JSONText($0).bytes + [0x0A] }
  }

  private func streamEnd(_ result: JSONValue) -> [UInt8] {
    if result["complete"] == .bool(false) {
      let cursor = result["cursor"]?.string
      StandardError.write("the list is not complete" + (cursor.map { "; continue with cursor=\($0)" } ?? ""))
      // Nobody asked for less than all: a script must not go on with half a list.
      if cursor == nil { exitStatus.withLock { $0 = 1 } }
    }
    return []
  }
}
