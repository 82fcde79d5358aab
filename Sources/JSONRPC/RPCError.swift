package import JSON

/// An error response. Its texts are the bridge's own: never a value that came in.
package struct RPCError: Error, Sendable {
  /// What happened to the world: nothing, the whole change, or nobody knows.
  package enum Outcome: String, Sendable, CaseIterable { case none, done, unknown }

  package let kind: ErrorKind
  /// For people: what, which, and what to do.
  package let message: String
  package var outcome: Outcome
  /// More members of `data`.
  package var details: [JSONMember]

  package init(_ kind: ErrorKind, _ message: String, outcome: Outcome = .none, details: [JSONMember] = []) {
    self.kind = kind
    self.message = message
    self.outcome = outcome
    self.details = details
  }

  package init(_ problem: ParamsProblem) {
    let fields = problem.fields.map { field -> JSONValue in
      ["name": .string(field.name), "reason": .string(field.reason), "expected": .string(field.expected)]
    }
    let more = problem.leftOut > 0 ? ["and \(problem.leftOut) more"] : []
    self.init(
      .invalidParams, (problem.fields.map { "\($0.name) \($0.reason)" } + more).joined(separator: "; "),
      details: [JSONMember("fields", .array(fields))] + more.map { _ in JSONMember("fields_left_out", .int(problem.leftOut)) } + [
        JSONMember("source", "bridge")
      ])
  }

  /// Params that are refused as a whole, without a field to name.
  static func invalidParams(_ message: String) -> RPCError {
    RPCError(.invalidParams, message, details: [JSONMember("fields", []), JSONMember("source", "bridge")])
  }

  /// More members of `data`; what it says already stays.
  mutating func add(_ more: [JSONMember]) {
    for member in more where !details.contains(where: { $0.name == member.name }) { details.append(member) }
  }

  package var isRetryable: Bool {
    switch kind.retry {
    case .never: false
    case .always: true
    case .ifNothingHappened: outcome == .none
    }
  }

  /// A second, where nothing better is known.
  private static let usualRetryAfter = 1_000

  /// The `error` member of the response.
  package var json: JSONValue {
    var data = [
      JSONMember("kind", .string(kind.name)), JSONMember("retryable", .bool(isRetryable)), JSONMember("outcome", .string(outcome.rawValue)),
    ]
    let knowsWhen = details.contains { $0.name == "retry_after_ms" }
    if isRetryable && !knowsWhen { data.append(JSONMember("retry_after_ms", .int(Self.usualRetryAfter))) }
    data += isRetryable ? details : details.filter { $0.name != "retry_after_ms" }
    return ["code": .int(kind.code), "message": .string(message), "data": .object(data)]
  }
}
