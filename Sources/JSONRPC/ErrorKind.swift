/// A word for what went wrong that never changes, with its JSON-RPC code. Clients switch on the word.
package struct ErrorKind: Sendable, Equatable {
  package enum Retry: Sendable { case never, always, ifNothingHappened }

  package let name: String
  package let code: Int
  package let retry: Retry
  /// One sentence for the schemas and the README.
  package let summary: String

  package init(_ name: String, _ code: Int, retry: Retry = .never, _ summary: String) {
    self.name = name
    self.code = code
    self.retry = retry
    self.summary = summary
  }
}

/// The kinds of the protocol itself; every method may draw these.
extension ErrorKind {
  package static let parseError = ErrorKind("parse_error", -32700, "The line is not JSON (RFC 8259).")
  package static let invalidRequest = ErrorKind("invalid_request", -32600, "The line is JSON, but not a JSON-RPC 2.0 request.")
  package static let duplicateID = ErrorKind("duplicate_id", -32600, "A request with this id is in progress.")
  package static let messageTooLarge = ErrorKind("message_too_large", -32600, "The line or its id is longer than the limit.")
  package static let nestingTooDeep = ErrorKind("nesting_too_deep", -32600, "More arrays and objects are open than the limit allows.")
  package static let batchTooLarge = ErrorKind(
    "batch_too_large", -32600, "The batch has more elements than the limit allows, or its responses are too large together.")
  package static let methodNotFound = ErrorKind("method_not_found", -32601, "There is no such method.")
  package static let invalidParams = ErrorKind(
    "invalid_params", -32602, "A parameter is unknown, missing or not allowed; data.fields says which.")
  package static let internalError = ErrorKind("internal", -32603, "A bug of the bridge; data.ref is also on stderr.")
  package static let cancelled = ErrorKind("cancelled", -32800, "The request was cancelled by $/cancelRequest.")
  package static let timeout = ErrorKind("timeout", 1408, retry: .ifNothingHappened, "timeout_ms ran out.")
  package static let shuttingDown = ErrorKind(
    "shutting_down", 1503, retry: .ifNothingHappened, "The bridge shut down before the request was done.")

  package static let protocolKinds: [ErrorKind] = [
    parseError, invalidRequest, duplicateID, messageTooLarge, nestingTooDeep, batchTooLarge, methodNotFound, invalidParams, internalError,
    cancelled, timeout, shuttingDown,
  ]
}
