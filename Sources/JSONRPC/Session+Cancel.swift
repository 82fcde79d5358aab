import JSON
import System

extension Session {
  /// How long a mutation's true result is awaited after it was cancelled or its time was over: 5 s for the answer and 10 s for the look.
  private static let graceMilliseconds = 15_000

  /// A cancel acts at once and never becomes a task. One that names nobody is forgotten: the answer may have crossed it.
  func cancelRequested(_ params: ParamsText) {
    guard params.members.count <= JSONMemberPlaces.most else { return }
    let ids = params.members.first.filter { $0.name.count <= 2 * 6 && decodeJSONString(Array(params.name(of: $0))[...]) == "id" }
    guard ids.count == 1, let value = ids.first.map(params.value(of:)) else { return }
    guard let id = RequestID(param: value), let key = keysByID[id] else { return }
    end(key, RPCError(.cancelled, "the request was cancelled"))
  }

  /// Ends a request early for a reason: at once if it only waited or read; a mutation on its way gets time to tell its true result.
  func end(_ key: Int, _ reason: RPCError, grace: Int = Session.graceMilliseconds) {
    guard let request = requests[key] else { return }
    switch request.state {
    case .waiting:
      remove(key, request)
      answer(request, .failure(reason))
    case .running(let task):
      if request.isMutation {
        requests[key]?.state = .ending(task, reason)
        setDeadline(clock.now + grace, of: key)
      } else {
        remove(key, request)
        answer(request, .failure(reason))
      }
      task.cancel()
    case .ending: return
    }
  }

  /// The only way a deadline is changed.
  func setDeadline(_ time: Int?, of key: Int) {
    if let old = requests[key]?.deadline { deadlines.remove(RequestDeadline(time: old, key: key)) }
    requests[key]?.deadline = time
    if let time { deadlines.insert(RequestDeadline(time: time, key: key)) }
  }

  /// Answers those whose time is over.
  func expireDeadlines() {
    guard let first = deadlines.first, first.time <= clock.now else { return }
    let now = clock.now
    while let deadline = deadlines.first, deadline.time <= now, let request = requests[deadline.key] {
      setDeadline(nil, of: deadline.key)
      if case .ending(_, var reason) = request.state {
        reason.outcome = .unknown
        remove(deadline.key, request)
        answer(request, .failure(reason))
      } else {
        let limit = request.call.timeoutMilliseconds ?? 0
        end(
          deadline.key,
          RPCError(
            .timeout, "the answer did not come within timeout_ms (\(limit))",
            details: [JSONMember("elapsed_ms", .int(now - request.acceptedAt))] + request.attempt))
      }
    }
  }

  /// Nil when no timer is needed: then the loop sleeps until something happens.
  func millisecondsUntilNextDeadline() -> Int? {
    var next = life.deadline.map { $0 - MonotonicClock.milliseconds }
    if !clock.isStopped, let first = deadlines.first { next = min(next ?? .max, first.time - clock.now) }
    // A millisecond later, so that the deadline is really over when the loop looks.
    return next.map { max(0, $0 + 1) }
  }
}
