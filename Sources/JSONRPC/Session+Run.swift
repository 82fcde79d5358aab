import JSON

extension Session {
  /// Fixes a request's place in the order, and answers, starts or keeps it.
  func enter(_ request: Request) {
    lastKey += 1
    let key = lastKey
    if request.isImmediate, !isClogged, waitingImmediates == 0 { return answer(immediate: request) }
    requests[key] = request
    if !request.id.isNull { keysByID[request.id] = key }
    if request.isMutation, let lane = request.call.lane { lanes[lane, default: []].append(key) }
    if request.method?.isStream != true, let limit = request.call.timeoutMilliseconds {
      requests[key]?.deadline = request.acceptedAt + limit
    }
    if !request.isImmediate, mayStart(key, request) { return start(key) }
    waiting.append(key)
    waitingCount += 1
    if request.isImmediate { waitingImmediates += 1 }
    waitingBytes += request.byteCount
  }

  private func answer(immediate request: Request) {
    switch request.call.work {
    case .immediate(let work): answer(request, .success(Reply(work())))
    case .refused(let error): answer(request, .failure(error))
    case .routed: answer(request, .failure(RPCError(.internalError, "a request that goes out was answered in place")))
    }
  }

  private func mayStart(_ key: Int, _ request: Request) -> Bool {
    if isClogged { return false }
    if request.isImmediate { return true }
    // What depends on nothing waits for nothing: a client may always ask what the bridge is up to.
    guard running < Limits.runningRequests || request.method?.effect == Effect.none else { return false }
    guard let lane = request.call.lane, let oldest = lanes[lane]?.first else { return true }
    return oldest >= key
  }

  /// Starts what may start, oldest first.
  func pump() {
    // While output is clogged the wish stays: the flush that makes room grants it.
    guard mustPump, !isClogged else { return }
    mustPump = false
    guard waitingCount > 0 else { return }
    var left: [Int] = []
    left.reserveCapacity(waiting.count)
    for key in waiting {
      guard let request = requests[key], request.isWaiting else { continue }
      guard mayStart(key, request) else {
        left.append(key)
        continue
      }
      leaveQueue(request)
      if request.isImmediate {
        remove(key, request)
        answer(immediate: request)
      } else {
        start(key)
      }
    }
    waiting = left
  }

  func leaveQueue(_ request: Request) {
    if request.isImmediate { waitingImmediates -= 1 }
    waitingCount -= 1
    waitingBytes -= request.byteCount
  }

  private func start(_ key: Int) {
    guard let request = requests[key], case .routed(let work) = request.call.work else { return }
    running += 1
    let exchange = Exchange(session: self, key: key, idBytes: request.id.echo.count)
    let task = Task(executorPreference: loop) { await self.perform(work, key, exchange) }
    requests[key]?.state = .running(task)
  }

  private func perform(_ work: @Sendable (Exchange) async throws(RPCError) -> Reply, _ key: Int, _ exchange: Exchange) async {
    do throws(RPCError) {
      finished(key, .success(try await work(exchange)))
    } catch {
      finished(key, .failure(error))
    }
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
    requests[key] = nil
    if !request.id.isNull { keysByID[request.id] = nil }
    if !request.isWaiting { running -= 1 }
    if let writer = writers.removeValue(forKey: key) { writer.continuation.resume(returning: false) }
    if request.isMutation, let lane = request.call.lane {
      lanes[lane]?.removeAll { $0 == key }
      if lanes[lane]?.isEmpty == true { lanes[lane] = nil }
    }
    mustPump = true
  }

  func beginPage(_ key: Int) {
    guard let limit = requests[key]?.call.timeoutMilliseconds, requests[key]?.method?.isStream == true else { return }
    requests[key]?.deadline = clock.now + limit
  }

  func endPage(_ key: Int) {
    if requests[key]?.method?.isStream == true { requests[key]?.deadline = nil }
  }

  func millisecondsLeft(of key: Int) -> Int? { requests[key]?.deadline.map { max(0, $0 - clock.now) } }

  func note(_ attempt: [JSONMember], of key: Int) { requests[key]?.attempt = attempt }

  /// Queues the parts of a page and returns when the pipe has them; false if nobody waits for the rest.
  func send(_ parts: [JSONText], of key: Int, progress: [JSONMember]) async -> Bool {
    guard let id = requests[key]?.id else { return false }
    requests[key]?.progress = progress
    for part in parts { push(notificationLine(token: id, value: part)) }
    let place = outbox.queuedUpTo
    flush()
    if outbox.writtenUpTo >= place { return requests[key] != nil }
    return await withCheckedContinuation { continuation in
      writers[key] = (place, continuation)
    }
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
