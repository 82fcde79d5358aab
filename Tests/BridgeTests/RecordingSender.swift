import JSON
import JSONRPC
import System

/// Keeps what a method sends, instead of a session. After so many pages nobody waits for the rest.
final class RecordingSender: PartSender {
  struct Sent {
    let parts: [JSONValue]
    let progress: [JSONMember]
  }

  let idBytes: Int
  let millisecondsLeft: Int? = nil
  private let pagesWanted: Int
  private let record = Locked<(events: [String], sent: [Sent])>(([], []))

  init(idBytes: Int = 1, pagesWanted: Int = .max) {
    self.idBytes = idBytes
    self.pagesWanted = pagesWanted
  }

  /// What was asked of it, in its order.
  var events: [String] { record.withLock { $0.events } }
  var sent: [Sent] { record.withLock { $0.sent } }

  private func add(_ event: String) { record.withLock { $0.events.append(event) } }

  func turnForPage(atOnce: Int) async -> Bool {
    add("turn")
    return sent.count < pagesWanted
  }
  func beginPage() async { add("begin") }
  func endPage() async { add("end") }
  func sendParts(_ parts: [JSONText], progress: [JSONMember]) async -> Bool {
    record.withLock {
      $0.events.append("send")
      $0.sent.append(Sent(parts: parts.compactMap { JSONSlice(parsing: $0.bytes)?.value }, progress: progress))
    }
    return true
  }
  func note(_ attempt: [JSONMember]) async { add("note") }
  func uncancelled<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) async -> Value { await body() }
}
