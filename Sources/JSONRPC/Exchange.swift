package import JSON

/// A running request's side of the conversation: how a method that streams sends its parts. Everything here happens on the session.
package struct Exchange: Sendable {
  private let session: Session
  private let sequence: Int
  /// The length of the request's id, which stands in each of its parts.
  package let idBytes: Int

  init(session: Session, sequence: Int, idBytes: Int) {
    self.session = session
    self.sequence = sequence
    self.idBytes = idBytes
  }

  /// Asks for one page of rows, which may be long: of a lane so many `atOnce`, and none while nobody reads. A stream's `timeout_ms` counts
  /// while `body` runs, and stands still between pages. Throws `cancelled` when nobody waits for it any more.
  package func page<Value: Sendable>(atOnce: Int, _ body: () async throws(RPCError) -> Value) async throws(RPCError) -> Value {
    guard await session.turnForPage(of: sequence, atOnce: atOnce) else { throw RPCError(.cancelled, "nobody waits for this page") }
    await session.beginPage(of: sequence)
    let value = try await body()
    await session.endPage(of: sequence)
    return value
  }

  /// Sends the parts of one page, each the `value` of a `$/progress`, and returns when the pipe has accepted the last byte of them.
  /// `progress` are the members an error's `data` carries from now on. Throws `cancelled` when nobody waits for the rest.
  package func send(_ parts: [JSONText], progress: [JSONMember]) async throws(RPCError) {
    guard await session.send(parts, of: sequence, progress: progress) else {
      throw RPCError(.cancelled, "nobody waits for the rest of this stream")
    }
  }

  /// Until the request's time is over; nil if it has no limit, or nobody waits for it any more.
  package var millisecondsLeft: Int? { get async { await session.millisecondsLeft(of: sequence) } }

  /// What is known of an attempt that failed and is made again, as members of `data`: should the request's time be over before that one
  /// succeeds, its error says them.
  package func note(_ attempt: [JSONMember]) async { await session.note(attempt, of: sequence) }

  /// Runs `body` to its end even where the request is cancelled.
  package func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
    await Task(executorPreference: session.loop) { await body() }.value
  }
}
