import JSON

extension Session {
  /// The only place that answers. Whoever calls it has taken the request out of the registry, so a second answer has nothing to name.
  func answer(_ request: Request, _ result: Result<Reply, RPCError>) {
    var bytes: [UInt8] = Array(#"{"jsonrpc":"2.0","id":"#.utf8) + request.id.echo
    var aftermath: Aftermath?
    switch result {
    case .success(let reply):
      bytes += Array(#","result":"#.utf8) + reply.result.bytes
      aftermath = reply.ifUndelivered
    case .failure(let error):
      bytes += Array(#","error":"#.utf8) + JSONText(wireError(error, of: request).json).bytes
    }
    bytes.append(UInt8(ascii: "}"))
    logAnswer(request, result, bytes.count)
    switch request.destination {
    case .line:
      bytes.append(UInt8(ascii: "\n"))
      let place = push(bytes)
      if let aftermath { undelivered.append((place, aftermath)) }
    case .batch(let batch):
      if batches[batch]?.bytes.isEmpty == false { bytes.insert(UInt8(ascii: ","), at: 0) }
      batches[batch]?.bytes += bytes
      if let aftermath { batches[batch]?.undelivered.append(aftermath) }
      finish(batch)
    }
  }

  /// One element of a batch is done; after the last the array goes out. A batch of notifications draws nothing.
  func finish(_ key: Int) {
    batches[key]?.unanswered -= 1
    guard let batch = batches[key], batch.unanswered == 0 else { return }
    batches[key] = nil
    if batch.bytes.isEmpty { return }
    let place = push([UInt8(ascii: "[")] + batch.bytes + Array("]\n".utf8))
    undelivered += batch.undelivered.map { (place, $0) }
  }

  func notificationLine(token: RequestID, value: JSONText) -> [UInt8] {
    Array(#"{"jsonrpc":"2.0","method":"$/progress","params":{"token":"#.utf8) + token.echo + Array(#","value":"#.utf8) + value.bytes
      + Array("}}\n".utf8)
  }

  /// Queues one whole line and gives the place of its end; one that nobody can read any more is forgotten, and never delivered.
  @discardableResult
  func push(_ line: [UInt8]) -> Int {
    guard life.isWritable else { return .max }
    outbox.append(render?(line) ?? line)
    return outbox.queuedUpTo
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
  private func logAnswer(_ request: Request, _ result: Result<Reply, RPCError>, _ count: Int) {
    guard log.level >= .debug else { return }
    var code = 0
    if case .failure(let error) = result { code = error.kind.code }
    let id = request.id.isNull ? "null" : request.id.isString ? "string" : "number"
    log.write(
      .debug,
      "answered method=\(request.method?.name ?? "none") id=\(id) code=\(code) ms=\(clock.now - request.acceptedAt) bytes=\(count)")
  }
}
