import JSON
import JSONRPC
import System

/// What errors of `call` are printed as, on stderr: a line for people, or the error object of JSON-RPC.
enum ErrorForm: String, CaseIterable {
  case text, json

  /// One that was found by the command line itself.
  func write(_ error: RPCError) {
    switch self {
    case .text: StandardError.write(error.message)
    case .json: StandardError.write(line: JSONText(error.json).text)
    }
  }

  /// The error of a response.
  func write(_ error: JSONValue) {
    guard self == .text else { return StandardError.write(line: JSONText(error).text) }
    let kind = error["data"]?["kind"]?.string ?? "internal"
    let outcome = error["data"]?["outcome"]?.string ?? "none"
    let state = outcome == "none" ? "" : " (outcome: \(outcome))"
    StandardError.write("\(kind): \(error["message"]?.string ?? "")\(state)")
  }
}
