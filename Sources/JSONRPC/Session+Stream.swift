import JSON

/// What a running request asks of the session by its `SessionPartSender`.
extension Session {
  /// Returns when a request may ask for a page; false if nobody waits for it any more.
  func turnForPage(of sequence: Int, atOnce: Int) async -> Bool {
    guard let lane = queue[sequence]?.call.lane else { return false }
    let hasRoom = sequence <= queue.startsUpTo(output: outputBuffer.waiting)
    if pages.enter(sequence, lane, atOnce: atOnce, hasRoom: hasRoom) { return true }
    return await withCheckedContinuation { pages.wait(sequence, lane, atOnce: atOnce, $0) }
  }

  func beginPage(of sequence: Int) { queue.beginPage(of: sequence, at: clock.now) }

  func endPage(of sequence: Int) { queue.endPage(of: sequence) }

  func millisecondsLeft(of sequence: Int) -> Int? { queue.millisecondsLeft(of: sequence, at: clock.now) }

  func note(_ attempt: [JSONMember], of sequence: Int) { queue.note(attempt: attempt, of: sequence) }

  /// Queues the parts of a page and returns when the pipe has them; false if nobody waits for the rest.
  func send(_ parts: [JSONText], of sequence: Int, progress: [JSONMember]) async -> Bool {
    guard let id = queue[sequence]?.id else { return false }
    queue.note(progress: progress, of: sequence)
    for part in parts { push(self.progress(token: id, value: part)) }
    pages.leave(sequence)
    mustPump = true
    if hasRenderedAll { end(sequence, RPCError(.cancelled, "nothing more is printed")) }
    let written = outputBuffer.queuedUpTo
    flush()
    guard queue[sequence] != nil, outputBuffer.writtenUpTo < written else { return queue[sequence] != nil }
    return await withCheckedContinuation { writers.sleep(sequence, untilWrittenUpTo: written, $0) }
  }
}
