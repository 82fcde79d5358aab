import JSON

/// The requests that are not answered yet: their ids, their order, what they count against the limits, and when their time is over.
///
/// Knows each by its sequence number, which counts up in the order of the messages. Has neither a wire nor a clock: `output` is how many
/// bytes of it wait to be written, `now` is the session's time in milliseconds. Not copyable, because a copy made only to be asked
/// something would retain each of its parts.
struct RequestQueue: ~Copyable {
  enum Entrance: Equatable {
    /// It needs no turn and is not in the queue: to be answered at once.
    case answer
    /// It runs from now on.
    case start(Int)
    case wait
  }

  /// A request that was ended early.
  struct Ended {
    let sequence: Int
    let request: Request
    let error: RPCError
    /// It is to be answered: with its result, if it had one already, else with the error. False for a mutation on its way, whose true
    /// result is still awaited.
    let isRemoved: Bool
  }

  /// How long a mutation's true result is awaited after it was cancelled or its time was over: 5 s for the response and 10 s for the look.
  static let graceMilliseconds = 15_000

  private var requests: [Int: Request] = [:]
  private var sequencesByID: [RequestID: Int] = [:]
  private var order = RequestOrder()
  private var deadlines = SortedQueue<RequestDeadline>()
  private var batches = OpenBatches()
  private var waitingCount = 0
  private var waitingBytes = 0
  /// The ids of those that run.
  private var runningBytes = 0
  private var lastSequence = 0

  var isEmpty: Bool { requests.isEmpty }
  subscript(sequence: Int) -> Request? { requests[sequence] }
  func sequence(of id: RequestID) -> Int? { sequencesByID[id] }
  /// Oldest first.
  var sequences: [Int] { requests.keys.sorted() }

  // MARK: Limits

  /// Whether there is room for one more message: else it stays in the pipe, which is the only brake a client feels.
  func mayAccept(output: Int) -> Bool {
    waitingCount < Limits.waitingRequests && heldBytes(output) < Limits.waitingBytes
      && output + batches.byteCount <= Limits.outputStopsReading
  }

  /// Whether more may be read, where `unread` bytes of the next messages are here: they count with what is held. A message that waits for
  /// no other may have all the room.
  func mayRead(output: Int, unread: Int) -> Bool {
    mayAccept(output: output) && (waitingBytes == 0 || heldBytes(output) + unread <= Limits.waitingBytes)
  }

  /// The messages of what waits, the ids of what runs, the output: together they have a bound, which is lower than the sum of three.
  private func heldBytes(_ output: Int) -> Int { waitingBytes + runningBytes + output + batches.byteCount }

  /// The last request that may start for all the output that waits: none while nobody reads.
  ///
  /// Responses inside batches count, too, but nobody's reading makes them fewer: that takes the responses that are still missing. So what
  /// holds the others up holds up neither the oldest batch that is open nor anything that came before its end, which its elements may
  /// depend on. Hence no deadlock: of what may start, each waits for a slot, which is left by requests that run, and those end by
  /// themselves, by their time, or when their parts are read; or for a mutation with a lower number, for which the same holds; the lowest
  /// waits for nobody. With its last response the oldest batch becomes output, which is read or not like every other, and the next one is
  /// the oldest. The clock goes on meanwhile: only while nobody reads does it stand still.
  func startsUpTo(output: Int) -> Int {
    if output > Limits.outputStopsStarts { return 0 }
    if output + batches.byteCount <= Limits.outputStopsStarts { return .max }
    return batches.endOfOldest ?? .max
  }

  /// Whether a request that needs no turn may be answered without an entry: its id is not under way, and none waits that it would overtake.
  func mayPassBy(_ id: UnsafeRawBufferPointer, output: Int) -> Bool {
    guard !order.hasWaitingImmediates, startsUpTo(output: output) == .max else { return false }
    return sequencesByID.isEmpty || sequencesByID[RequestID(validated: id)] == nil
  }

  /// Whether a read of a lane has nothing to wait for: no change that came before it is under way.
  func isFree(lane: String) -> Bool { !order.hasMutations(in: lane) }

  // MARK: Order

  /// Fixes a request's position in the order.
  mutating func enter(_ request: Request, output: Int) -> Entrance {
    lastSequence += 1
    let sequence = lastSequence
    let turn = request.turn
    let starts = order.enter(sequence, turn, hasRoom: sequence <= startsUpTo(output: output))
    if starts, turn == .immediate { return .answer }
    requests[sequence] = request
    if !request.id.isNull { sequencesByID[request.id] = sequence }
    if request.method?.isStream != true, let limit = request.call.timeoutMilliseconds {
      setDeadline(request.acceptedAt + limit, of: sequence)
    }
    waitingCount += 1
    waitingBytes += request.byteCount
    guard starts else { return .wait }
    run(sequence, request)
    return .start(sequence)
  }

  /// The oldest that may start, and runs from now on; one that needs no turn is out of the queue and to be answered.
  mutating func next(output: Int) -> (sequence: Int, request: Request)? {
    guard let sequence = order.next(upTo: startsUpTo(output: output)), let request = requests[sequence] else { return nil }
    if request.turn == .immediate {
      stopWaiting(request)
      forget(sequence, request)
    } else {
      run(sequence, request)
    }
    return (sequence, request)
  }

  private mutating func run(_ sequence: Int, _ request: Request) {
    stopWaiting(request)
    requests[sequence]?.state = .running
    runningBytes += request.id.byteCount
  }

  private mutating func stopWaiting(_ request: Request) {
    waitingCount -= 1
    waitingBytes -= request.byteCount
  }

  /// What runs for a request.
  mutating func attach(_ task: Task<Void, Never>, to sequence: Int) { requests[sequence]?.task = task }

  /// Frees the id, the slot and the turn, before the response is written. Nil if it is not here any more.
  mutating func remove(_ sequence: Int) -> Request? {
    guard let request = requests[sequence] else { return nil }
    if request.isWaiting { stopWaiting(request) } else { runningBytes -= request.id.byteCount }
    order.leave(sequence, request.turn)
    forget(sequence, request)
    return request
  }

  private mutating func forget(_ sequence: Int, _ request: Request) {
    setDeadline(nil, of: sequence)
    requests[sequence] = nil
    if !request.id.isNull { sequencesByID[request.id] = nil }
  }

  /// Keeps the result of a mutation that was done before one that it joined and that is not answered yet. False if there is none: then it
  /// is answered now, as is one that was ended early.
  mutating func keep(_ result: Result<Reply, RPCError>, of sequence: Int) -> Bool {
    guard let request = requests[sequence], request.isMutation, let lane = request.call.lane, let first = order.firstMutation(of: lane),
      first < sequence, case .running = request.state
    else { return false }
    requests[sequence]?.result = result
    return true
  }

  /// Takes out the first mutation of a lane, if its result was kept for this.
  mutating func removeDone(in lane: String) -> (sequence: Int, request: Request)? {
    guard let first = order.firstMutation(of: lane), requests[first]?.result != nil else { return nil }
    return remove(first).map { (first, $0) }
  }

  // MARK: Ends before the end

  /// Ends a request for a reason: at once if it only waited or read; a mutation on its way gets time to tell its true result. Nil if there
  /// is nothing to end.
  mutating func end(_ sequence: Int, _ reason: RPCError, at now: Int, grace: Int = graceMilliseconds) -> Ended? {
    guard let request = requests[sequence] else { return nil }
    switch request.state {
    case .running where request.isMutation && request.result == nil:
      requests[sequence]?.state = .ending(reason)
      setDeadline(now + grace, of: sequence)
      return Ended(sequence: sequence, request: request, error: reason, isRemoved: false)
    case .waiting, .running:
      _ = remove(sequence)
      return Ended(sequence: sequence, request: request, error: reason, isRemoved: true)
    case .ending: return nil
    }
  }

  /// Ends the one whose time was over first; nil if there is none.
  mutating func expire(at now: Int) -> Ended? {
    guard let deadline = deadlines.first, deadline.time <= now, let request = requests[deadline.sequence] else { return nil }
    if case .ending(var reason) = request.state {
      reason.outcome = .unknown
      _ = remove(deadline.sequence)
      return Ended(sequence: deadline.sequence, request: request, error: reason, isRemoved: true)
    }
    let error = RPCError(
      .timeout, "no response within timeout_ms (\(request.call.timeoutMilliseconds ?? 0))",
      details: [JSONMember("elapsed_ms", .int(now - request.acceptedAt))] + request.attempt)
    return end(deadline.sequence, error, at: now)
  }

  /// No property: the session, whose property the queue is, would read it by a coroutine, in memory allocated for that, twice a turn.
  func nextDeadline() -> Int? { deadlines.first?.time }

  /// The only way a deadline is changed.
  private mutating func setDeadline(_ time: Int?, of sequence: Int) {
    if let old = requests[sequence]?.deadline { deadlines.remove(RequestDeadline(time: old, sequence: sequence)) }
    requests[sequence]?.deadline = time
    if let time { deadlines.insert(RequestDeadline(time: time, sequence: sequence)) }
  }

  // MARK: While it runs

  /// The time of a stream counts from here to the end of the page.
  mutating func beginPage(of sequence: Int, at now: Int) {
    guard let request = requests[sequence], request.method?.isStream == true, let limit = request.call.timeoutMilliseconds else { return }
    setDeadline(now + limit, of: sequence)
  }

  mutating func endPage(of sequence: Int) { if requests[sequence]?.method?.isStream == true { setDeadline(nil, of: sequence) } }

  func millisecondsLeft(of sequence: Int, at now: Int) -> Int? { requests[sequence]?.deadline.map { max(0, $0 - now) } }

  mutating func note(attempt: [JSONMember], of sequence: Int) { requests[sequence]?.attempt = attempt }

  mutating func note(progress: [JSONMember], of sequence: Int) { requests[sequence]?.progress = progress }

  // MARK: Batches

  /// Begins a batch, and returns its number.
  mutating func openBatch() -> Int {
    lastSequence += 1
    batches.open(lastSequence)
    return lastSequence
  }

  /// One more element of a batch draws a response.
  mutating func expectResponse(in batch: Int) { batches.expectResponse(in: batch) }

  /// All elements of a batch were entered. The batch itself if it is complete already.
  mutating func closeBatch(_ batch: Int) -> Batch? { batches.close(batch, upTo: lastSequence) }

  func hasRoom(for byteCount: Int, in batch: Int) -> Bool { batches.hasRoom(for: byteCount, in: batch) }

  /// Adds a response to its batch. The batch itself if that was the last one.
  mutating func add(_ response: [[UInt8]], _ compensation: Compensation?, to batch: Int) -> Batch? {
    batches.add(response, compensation, to: batch)
  }
}
