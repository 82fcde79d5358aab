import JSON

extension Session {
  /// Fixes a request's place in the order, and answers, starts or keeps it.
  func enter(_ request: Request) {
    lastKey += 1
    let key = lastKey
    let turn = request.turn
    let starts = order.enter(key, turn, hasRoom: key <= startsUpTo)
    if starts, turn == .immediate { return answer(immediate: request) }
    requests[key] = request
    if !request.id.isNull { keysByID[request.id] = key }
    if request.method?.isStream != true, let limit = request.call.timeoutMilliseconds { setDeadline(request.acceptedAt + limit, of: key) }
    if starts { return start(key) }
    waitingCount += 1
    waitingBytes += request.byteCount
  }

  private func answer(immediate request: Request) {
    switch request.call.work {
    case .immediate(let work): answer(request, .success(Reply(work())))
    case .refused(let error): answer(request, .failure(error))
    case .routed: answer(request, .failure(RPCError(.internalError, "a request that goes out was answered in place")))
    }
  }

  /// Starts what may start, oldest first.
  func pump() {
    // While output is clogged the wish stays: the flush that makes room grants it.
    guard mustPump, !isClogged else { return }
    mustPump = false
    while let key = order.next(upTo: startsUpTo), let request = requests[key] {
      waitingCount -= 1
      waitingBytes -= request.byteCount
      guard request.turn == .immediate else {
        start(key)
        continue
      }
      forget(key, request)
      answer(immediate: request)
    }
    pages.admit(upTo: startsUpTo)
  }

  private func start(_ key: Int) {
    guard let request = requests[key], case .routed(let work) = request.call.work else { return }
    let exchange = Exchange(session: self, key: key, idBytes: request.id.echo.count)
    let task = Task(executorPreference: loop) { await self.perform(work, key, exchange) }
    requests[key]?.state = .running(task)
    runningBytes += request.id.byteCount
  }

  private func perform(_ work: @Sendable (Exchange) async throws(RPCError) -> Reply, _ key: Int, _ exchange: Exchange) async {
    do throws(RPCError) { finished(key, .success(try await work(exchange))) } catch { finished(key, .failure(error)) }
  }

  /// The method has come to its end; whether anybody still waits for it is another question.
  private func finished(_ key: Int, _ result: Result<Reply, RPCError>) {
    guard let request = requests[key] else {
      // Answered without waiting for it (a cancelled read, or a mutation nobody could wait for any longer).
      if case .success(let reply) = result, let aftermath = reply.ifUndelivered { settle(aftermath) }
      return
    }
    remove(key, request)
    if case .ending(_, let reason) = request.state, case .failure(let error) = result, error.kind == .cancelled {
      var answerError = reason
      answerError.outcome = error.outcome
      answerError.add(error.details)
      return answer(request, .failure(answerError))
    }
    answer(request, result)
  }

  /// Frees the id, the place and the turn, before the answer is written.
  func remove(_ key: Int, _ request: Request) {
    if request.isWaiting {
      waitingCount -= 1
      waitingBytes -= request.byteCount
    } else {
      runningBytes -= request.id.byteCount
    }
    order.leave(key, request.turn)
    forget(key, request)
    mustPump = true
  }

  private func forget(_ key: Int, _ request: Request) {
    setDeadline(nil, of: key)
    requests[key] = nil
    if !request.id.isNull { keysByID[request.id] = nil }
    if let writer = writers.removeValue(forKey: key) { writer.continuation.resume(returning: false) }
    pages.leave(key)
  }

  /// Returns when a request may ask for a page; false if nobody waits for it any more.
  func turnForPage(of key: Int, atOnce: Int) async -> Bool {
    guard let lane = requests[key]?.call.lane else { return false }
    if pages.enter(key, lane, atOnce: atOnce, hasRoom: key <= startsUpTo) { return true }
    return await withCheckedContinuation { pages.wait(key, lane, atOnce: atOnce, $0) }
  }

  func beginPage(_ key: Int) {
    guard let limit = requests[key]?.call.timeoutMilliseconds, requests[key]?.method?.isStream == true else { return }
    setDeadline(clock.now + limit, of: key)
  }

  func endPage(_ key: Int) { if requests[key]?.method?.isStream == true { setDeadline(nil, of: key) } }

  func millisecondsLeft(of key: Int) -> Int? { requests[key]?.deadline.map { max(0, $0 - clock.now) } }

  func note(_ attempt: [JSONMember], of key: Int) { requests[key]?.attempt = attempt }

  /// Queues the parts of a page and returns when the pipe has them; false if nobody waits for the rest.
  func send(_ parts: [JSONText], of key: Int, progress: [JSONMember]) async -> Bool {
    guard let id = requests[key]?.id else { return false }
    requests[key]?.progress = progress
    for part in parts { push(progressLine(token: id, value: part)) }
    pages.leave(key)
    mustPump = true
    let place = outbox.queuedUpTo
    flush()
    if outbox.writtenUpTo >= place { return requests[key] != nil }
    return await withCheckedContinuation { continuation in writers[key] = (place, continuation) }
  }

  func wakeWriters() {
    if writers.isEmpty { return }
    let written = outbox.writtenUpTo
    for (key, writer) in writers where writer.place <= written {
      writers[key] = nil
      writer.continuation.resume(returning: true)
    }
  }
}
