import JSON

/// A running request's side of its session. Everything here happens on the session.
struct SessionPartSender: PartSender {
  let session: Session
  let sequence: Int
  let idBytes: Int

  func turnForPage(atOnce: Int) async -> Bool { await session.turnForPage(of: sequence, atOnce: atOnce) }
  func beginPage() async { await session.beginPage(of: sequence) }
  func endPage() async { await session.endPage(of: sequence) }
  func sendParts(_ parts: [JSONText], progress: [JSONMember]) async -> Bool {
    await session.send(parts, of: sequence, progress: progress)
  }
  var millisecondsLeft: Int? { get async { await session.millisecondsLeft(of: sequence) } }
  func note(_ attempt: [JSONMember]) async { await session.note(attempt, of: sequence) }
  func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value {
    await Task(executorPreference: session.loop) { await body() }.value
  }
}
