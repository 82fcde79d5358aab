import JSON

@testable import JSONRPC

/// A request queue, its output and its time as a test sets them. A class, because a test's expectations cannot hold what is not copyable.
final class QueueUnderTest {
  enum Kind { case immediate, unscoped, read, mutation, joining, stream }

  private var queue = RequestQueue()
  var output = 0
  var now = 0
  private var lastID = 0

  /// Enters a request; with an `id` of its own where none is given.
  func enter(
    _ kind: Kind, lane: String = "local", id: String? = nil, bytes: Int = 100, timeout: Int = 30_000, batch: Int? = nil
  ) -> RequestQueue.Entrance {
    lastID += 1
    if let batch { queue.expectResponse(in: batch) }
    let text = id ?? "\"id \(lastID)\""
    let request = Request(
      id: Array(text.utf8).withUnsafeBytes { RequestID(validated: $0) }, destination: batch.map { .batch($0) } ?? .line,
      method: method(kind),
      call: call(kind, lane, timeout), byteCount: bytes, acceptedAt: now)
    return queue.enter(request, output: output)
  }

  private func method(_ kind: Kind) -> Method? {
    switch kind {
    case .immediate, .unscoped: nil
    case .read: Method(TestRead.self, in: TestContext())
    case .mutation, .joining: Method(TestMutation.self, in: TestContext())
    case .stream: Method(TestStream.self, in: TestContext())
    }
  }

  private func call(_ kind: Kind, _ lane: String, _ timeout: Int) -> PreparedCall {
    if kind == .immediate { return PreparedCall(lane: nil, timeoutMilliseconds: nil, work: .immediate { .emptyObject }) }
    return PreparedCall(
      lane: kind == .unscoped ? nil : lane, timeoutMilliseconds: timeout, work: .routed { (_) throws(RPCError) in Reply(.emptyObject) },
      joining: kind == .joining ? .always : .never)
  }

  /// Everything that may start now, in the order it does.
  func starts() -> [Int] {
    var sequences: [Int] = []
    while let next = queue.next(output: output) { sequences.append(next.sequence) }
    return sequences
  }

  /// False if it is not here.
  @discardableResult func remove(_ sequence: Int) -> Bool { queue.remove(sequence) != nil }

  /// Whether the result of a mutation is kept for later.
  func keeps(_ sequence: Int) -> Bool { queue.keep(.success(Reply(.emptyObject)), of: sequence) }

  /// What is answered of a lane once one of its mutations was, in the order it is.
  func answersDone(in lane: String = "local") -> [Int] {
    var sequences: [Int] = []
    while let done = queue.removeDone(in: lane) { sequences.append(done.sequence) }
    return sequences
  }

  func end(_ sequence: Int) -> RequestQueue.Ended? { queue.end(sequence, RPCError(.cancelled, "the test cancels"), at: now) }

  /// What expires at a time, one after the other.
  func expire(at time: Int) -> [RequestQueue.Ended] {
    now = time
    var all: [RequestQueue.Ended] = []
    while let ended = queue.expire(at: time) { all.append(ended) }
    return all
  }

  func sequence(of id: String) -> Int? { queue.sequence(of: requestID(id)) }

  private func requestID(_ text: String) -> RequestID { Array(text.utf8).withUnsafeBytes { RequestID(validated: $0) } }

  func openBatch() -> Int { queue.openBatch() }
  func closeBatch(_ batch: Int) -> Batch? { queue.closeBatch(batch) }
  func hasRoom(for byteCount: Int, in batch: Int) -> Bool { queue.hasRoom(for: byteCount, in: batch) }
  func add(_ response: String, to batch: Int) -> Batch? { queue.add([Array(response.utf8)], nil, to: batch) }

  func message(of batch: Batch?) -> String? { batch?.message.map { String(decoding: $0.joined(), as: UTF8.self) } }

  var mayAccept: Bool { queue.mayAccept(output: output) }
  func mayRead(unread: Int) -> Bool { queue.mayRead(output: output, unread: unread) }
  func mayPassBy(_ id: String = "\"another\"") -> Bool { Array(id.utf8).withUnsafeBytes { queue.mayPassBy($0, output: output) } }
  func isFree(_ lane: String) -> Bool { queue.isFree(lane: lane) }
  var startsUpTo: Int { queue.startsUpTo(output: output) }
  func beginPage(of sequence: Int, at time: Int) { queue.beginPage(of: sequence, at: time) }
  func endPage(of sequence: Int) { queue.endPage(of: sequence) }
  func millisecondsLeft(of sequence: Int, at time: Int) -> Int? { queue.millisecondsLeft(of: sequence, at: time) }
  func note(attempt: [JSONMember], of sequence: Int) { queue.note(attempt: attempt, of: sequence) }
  var sequences: [Int] { queue.sequences }
  var nextDeadline: Int? { queue.nextDeadline() }
  var isEmpty: Bool { queue.isEmpty }
  func state(of sequence: Int) -> Request.State? { queue[sequence]?.state }
}
