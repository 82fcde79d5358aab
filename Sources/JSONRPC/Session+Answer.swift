import JSON

extension Session {
  /// The only place that answers. Whoever calls it has taken the request out of the registry, so a second answer has nothing to name.
  func answer(_ request: Request, _ result: Result<Reply, RPCError>) {
    var compensation: Compensation?
    let result = fitting(result, request)
    let response: Response
    switch result {
    case .success(let reply):
      response = Response(id: request.id.echo, member: Response.result, body: reply.pieces)
      compensation = reply.compensation
    case .failure(let error):
      response = Response(id: request.id.echo, member: Response.error, body: [JSONText(wireError(error, of: request).json).bytes])
    }
    logAnswer(request, result, response)
    switch request.destination {
    case .line:
      let end = push(response)
      if let compensation { compensations.keep(compensation, untilWrittenUpTo: end) }
    case .batch(let batch):
      if let complete = queue.add(response.pieces, compensation, to: batch) { finish(complete) }
    }
  }

  /// The result, or why it does not fit into the array it belongs to: an array is written as a whole, so there is an end to what it may
  /// hold. What a mutation did is always told.
  private func fitting(_ result: Result<Reply, RPCError>, _ request: Request) -> Result<Reply, RPCError> {
    guard case .batch(let batch) = request.destination, case .success(let reply) = result, !request.isMutation else { return result }
    if queue.hasRoom(for: reply.byteCount, in: batch) { return result }
    return .failure(
      RPCError(
        .batchTooLarge,
        "the responses of a batch may have \(Limits.batchAnswerBytes) bytes, and this one does not fit; send the request by itself"))
  }

  /// The last response of a batch is here, so the array goes out. A batch of notifications draws nothing.
  func finish(_ batch: Batch) {
    // What waited because of its responses may start now, and what stands before the next batch.
    mustPump = true
    guard let message = batch.message else { return }
    let end = push(message)
    for compensation in batch.compensations { compensations.keep(compensation, untilWrittenUpTo: end) }
  }

  /// Queues one message and returns the position of its end; one that nobody can read any more is forgotten, and never delivered.
  @discardableResult func push(_ message: [[UInt8]]) -> Int {
    guard phase.isWritable else { return .max }
    if let render {
      let (bytes, goesOn) = render(Array(message.joined()))
      outputBuffer.append(bytes)
      hasRenderedAll = !goesOn
    } else {
      outputBuffer.append(framing.opening(of: message.reduce(0) { $0 + $1.count }))
      for piece in message { outputBuffer.append(piece) }
      outputBuffer.append(framing.closing)
    }
    return outputBuffer.queuedUpTo
  }

  /// The same of one response: nothing is joined before.
  func push(_ response: Response) -> Int {
    if render != nil { return push(response.pieces) }
    guard phase.isWritable else { return .max }
    outputBuffer.append(response, in: framing)
    return outputBuffer.queuedUpTo
  }

  /// The short way of one result.
  func push(_ result: JSONText, to id: UnsafeRawBufferPointer) {
    outputBuffer.append(result, to: id, in: framing)
  }

  /// The pieces of one message.
  func progress(token: RequestID, value: JSONText) -> [[UInt8]] {
    let opening = #"{"jsonrpc":"2.0","method":"$/progress","params":{"token":"#
    return [joined(opening, token.echo, #","value":"#), value.bytes, Array("}}".utf8)]
  }

  /// In no more room than it needs: an array that grew has up to twice as much, and the longest ids wait by the hundred.
  private func joined(_ opening: String, _ id: [UInt8], _ member: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(opening.utf8.count + id.count + member.utf8.count)
    bytes.append(contentsOf: opening.utf8)
    bytes.append(contentsOf: id)
    bytes.append(contentsOf: member.utf8)
    return bytes
  }

  private func wireError(_ error: RPCError, of request: Request) -> RPCError {
    var error = error
    error.details += request.progress
    guard error.kind == .internalError else { return error }
    let reference = String(UInt64.random(in: 0...UInt64.max), radix: 36)
    log.write(.error, "internal error ref=\(reference) method=\(request.method?.name ?? "none"): \(error.message)")
    error.details.append(JSONMember("ref", .string(reference)))
    return error
  }

  /// A closed set of fields: never params, results or ids.
  private func logAnswer(_ request: Request, _ result: Result<Reply, RPCError>, _ response: Response) {
    guard log.level >= .debug else { return }
    var code = 0
    if case .failure(let error) = result { code = error.kind.code }
    let id = request.id.isNull ? "null" : request.id.isString ? "string" : "number"
    log.write(
      .debug,
      "answered method=\(request.method?.name ?? "none") id=\(id) code=\(code) ms=\(clock.now - request.acceptedAt) bytes=\(response.byteCount)"
    )
  }
}
