import JSON
import JSONRPC

/// Why a file cannot be written. `reason` is a word that never changes.
package struct FileProblem: Error, Sendable {
  enum Reason: String {
    case exists, noFolder = "no_folder", notAFile = "not_a_file", notOurs = "not_ours", protected, permissions, full, io, tooLong =
      "too_long"
  }

  let reason: Reason
  let message: String

  init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  func rpcError(outcome: RPCError.Outcome) -> RPCError {
    let world = outcome == .done ? "; the credential could not be deleted again, and its secret is lost: delete it" : ""
    return RPCError(.saveFailed, message + world, outcome: outcome, details: [JSONMember("reason", .string(reason.rawValue))])
  }
}
