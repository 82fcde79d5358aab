import JSON

/// What runs, and how it ends.
extension Session {
  /// Fixes a request's position in the order, and answers, starts or keeps it.
  func enter(_ request: Request) {
    switch queue.enter(request, output: outputBuffer.waiting) {
    case .answer: answer(immediate: request)
    case .start(let sequence): start(sequence, request)
    case .wait: break
    }
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
    while let (sequence, request) = queue.next(output: outputBuffer.waiting) {
      if request.turn == .immediate { answer(immediate: request) } else { start(sequence, request) }
    }
    pages.admit(upTo: queue.startsUpTo(output: outputBuffer.waiting))
  }

  private func start(_ sequence: Int, _ request: Request) {
    guard case .routed(let work) = request.call.work else { return }
    let sender = SessionPartSender(session: self, sequence: sequence, idBytes: request.id.echo.count)
    let task = Task(executorPreference: loop) { await self.perform(work, sequence, sender) }
    queue.attach(task, to: sequence)
  }

  private func perform(
    _ work: @Sendable (any PartSender) async throws(RPCError) -> Reply, _ sequence: Int, _ sender: SessionPartSender
  ) async {
    do throws(RPCError) { finished(sequence, .success(try await work(sender))) } catch { finished(sequence, .failure(error)) }
  }

  /// The method has come to its end; whether anybody still waits for it is another question.
  private func finished(_ sequence: Int, _ result: Result<Reply, RPCError>) {
    if queue.keep(result, of: sequence) { return }
    guard let request = remove(sequence) else {
      // Answered without waiting for it (a cancelled read, or a mutation nobody could wait for any longer).
      if case .success(let reply) = result, let compensation = reply.compensation { compensate(compensation) }
      return
    }
    defer { answerDone(after: request) }
    if case .ending(let reason) = request.state, case .failure(let error) = result, error.kind == .cancelled {
      var answerError = reason
      answerError.outcome = error.outcome
      answerError.add(error.details)
      return answer(request, .failure(answerError))
    }
    answer(request, result)
  }

  /// Answers the mutations that were done before one which is answered now.
  private func answerDone(after request: Request) {
    guard request.isMutation, let lane = request.call.lane else { return }
    while let (sequence, request) = queue.removeDone(in: lane), let result = request.result {
      hasLeft(sequence)
      answer(request, result)
    }
  }

  /// Frees the id, the slot and the turn, before the response is written. Nil if nobody waits for it any more.
  func remove(_ sequence: Int) -> Request? {
    guard let request = queue.remove(sequence) else { return nil }
    hasLeft(sequence)
    return request
  }

  private func hasLeft(_ sequence: Int) {
    writers.leave(sequence)
    pages.leave(sequence)
    mustPump = true
  }

  /// A cancel acts at once and never becomes a task. One that names nobody is forgotten: the response may have crossed it.
  func cancelRequested(_ params: ParamsText) {
    guard params.members.count <= JSONMemberRanges.most else { return }
    let ids = params.members.first.filter { $0.name.count <= 2 * 6 && decodeJSONString(Array(params.name(of: $0))[...]) == "id" }
    guard ids.count == 1, let value = ids.first.map(params.value(of:)) else { return }
    guard let id = RequestID(param: value), let sequence = queue.sequence(of: id) else { return }
    end(sequence, RPCError(.cancelled, "the request was cancelled"))
  }

  /// Ends a request early for a reason: at once if it only waited or read; a mutation on its way gets time to tell its true result.
  func end(_ sequence: Int, _ reason: RPCError) {
    if let ended = queue.end(sequence, reason, at: clock.now) { tell(ended) }
  }

  /// Answers those whose time is over.
  func expireDeadlines() {
    guard let first = queue.nextDeadline(), first <= clock.now else { return }
    let now = clock.now
    while let ended = queue.expire(at: now) { tell(ended) }
  }

  private func tell(_ ended: RequestQueue.Ended) {
    if ended.isRemoved {
      hasLeft(ended.sequence)
      answer(ended.request, ended.request.result ?? .failure(ended.error))
      answerDone(after: ended.request)
    }
    ended.request.task?.cancel()
  }
}
