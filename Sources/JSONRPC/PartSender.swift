package import JSON

/// What a running method asks of whoever runs it: when it may ask for a page, how its parts are sent, how much time is left. A session
/// gives each request its own; a test may give a fake.
package protocol PartSender: Sendable {
  /// The length of the request's id, which stands in each of its parts.
  var idBytes: Int { get }
  /// Returns when a page may be asked for: of a lane so many `atOnce`, and none while nobody reads. False if nobody waits for it any more.
  func turnForPage(atOnce: Int) async -> Bool
  /// A stream's `timeout_ms` counts from here.
  func beginPage() async
  /// And stands still from here.
  func endPage() async
  /// Sends the parts of one page, each the `value` of a `$/progress`, and returns when the pipe has accepted the last byte of them.
  /// `progress` are the members an error's `data` carries from now on. False if nobody waits for the rest.
  func sendParts(_ parts: [JSONText], progress: [JSONMember]) async -> Bool
  /// Until the request's time is over; nil if it has no limit, or nobody waits for it any more.
  var millisecondsLeft: Int? { get async }
  /// What is known of an attempt that failed and is made again, as members of `data`: should the request's time be over before that one
  /// succeeds, its error says them.
  func note(_ attempt: [JSONMember]) async
  /// Runs `body` to its end even where the request is cancelled.
  func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value
}

extension PartSender {
  /// Asks for one page of rows, which may be long, when it is its turn. Throws `cancelled` when nobody waits for it any more.
  package func page<Value: Sendable>(atOnce: Int, _ body: () async throws(RPCError) -> Value) async throws(RPCError) -> Value {
    guard await turnForPage(atOnce: atOnce) else { throw RPCError(.cancelled, "nobody waits for this page") }
    await beginPage()
    let value = try await body()
    await endPage()
    return value
  }

  /// Sends the parts of one page as `sendParts` does. Throws `cancelled` when nobody waits for the rest.
  package func send(_ parts: [JSONText], progress: [JSONMember]) async throws(RPCError) {
    guard await sendParts(parts, progress: progress) else { throw RPCError(.cancelled, "nobody waits for the rest of this stream") }
  }
}
