import JSON

extension Session {
  func accept(_ envelope: Envelope, in line: UnsafeRawBufferPointer, for destination: Request.Destination) {
    if envelope.isNotification { return notified(envelope, in: line) }
    if case .batch(let batch) = destination { queue.expectResponse(in: batch) }
    let id: RequestID
    switch envelope.id {
    case .absent, .illegal: id = .null
    case .at(let place):
      let text = UnsafeRawBufferPointer(rebasing: line[place])
      if envelope.refusal == nil, answeredInPlace(envelope, id: text, in: line, for: destination) { return }
      id = RequestID(validated: text)
    }
    if case .because(let refusal)? = envelope.refusal { return turn(away: id, refusal, destination, envelope.range.count) }
    if !id.isNull, queue.sequence(of: id) != nil {
      return turn(away: .null, RPCError(.duplicateID, "a request with this id is in progress"), destination, envelope.range.count)
    }
    do throws(RPCError) {
      let method = try find(envelope, in: line)
      let call = try prepare(method, envelope, id, in: line, for: destination)
      enter(Request(id: id, destination: destination, method: method, call: call, byteCount: envelope.range.count, acceptedAt: clock.now))
    } catch { turn(away: id, error, destination, envelope.range.count) }
  }

  private func find(_ envelope: Envelope, in line: UnsafeRawBufferPointer) throws(RPCError) -> Method {
    let name = UnsafeRawBufferPointer(rebasing: line[envelope.method])
    if let method = table.find(name) { return method }
    if envelope.methodHasLoneSurrogate { throw RPCError(.methodNotFound, "method contains an unpaired UTF-16 surrogate") }
    let decoded = methodName(name)
    if let method = table.find(decoded) { return method }
    throw table.unknownMethod(decoded)
  }

  /// The decoded name. One that is longer than any, with every character written as \uXXXX, is not decoded, and is none.
  private func methodName(_ text: UnsafeRawBufferPointer) -> String { text.count <= 80 * 6 ? decodeJSONString(Array(text)[...]) : "" }

  private func prepare(
    _ method: Method, _ envelope: Envelope, _ id: RequestID, in line: UnsafeRawBufferPointer, for destination: Request.Destination
  ) throws(RPCError) -> PreparedCall {
    if envelope.paramsHaveLoneSurrogate { throw RPCError.invalidParams("params contain an unpaired UTF-16 surrogate") }
    if method.isStream {
      if case .batch = destination { throw RPCError.invalidParams("\(method.name) is a streaming method, which is not allowed in a batch") }
      if id.isNull { throw RPCError.invalidParams("\(method.name) is a streaming method and needs an id that is not null") }
    }
    return try method.prepare(envelope.params(in: line))
  }

  /// The short way of what needs no turn, or has its result at hand: no entry, no task, no copy of the id. Only while nothing is clogged and
  /// no other request has its id.
  private func answeredInPlace(
    _ envelope: Envelope, id: UnsafeRawBufferPointer, in line: UnsafeRawBufferPointer, for destination: Request.Destination
  ) -> Bool {
    guard case .line = destination, render == nil, log.level < .debug else { return false }
    guard envelope.echoesID, !envelope.paramsHaveLoneSurrogate else { return false }
    guard let answer = table.find(UnsafeRawBufferPointer(rebasing: line[envelope.method]))?.answerInPlace else { return false }
    guard queue.mayPassBy(id, output: outputBuffer.waiting) else { return false }
    // Whoever asks for a lane reads, whether or not it comes to an answer.
    func isFree(_ lane: String) -> Bool {
      readsInTurn &+= 1
      return queue.isFree(lane: lane)
    }
    // Apart, because without params nothing need be made of them, nor taken down: 130 instructions.
    let result =
      if envelope.params == nil {
        answer(nil, isFree)
      } else {
        answer(envelope.params(in: line), isFree)
      }
    guard let result else { return false }
    push(result, to: id)
    return true
  }

  private func notified(_ envelope: Envelope, in line: UnsafeRawBufferPointer) {
    guard !envelope.methodHasLoneSurrogate else { return }
    let name = methodName(UnsafeRawBufferPointer(rebasing: line[envelope.method]))
    if sameScalars(name, "$/cancelRequest") {
      guard let params = envelope.params(in: line), !envelope.paramsHaveLoneSurrogate else { return }
      return cancelRequested(params)
    }
    guard let method = table.find(name), method.effect == .mutation else { return }
    log.write(.warning, "\(method.name) was sent without an id and not executed: a notification gets no response")
  }

  /// A line that cannot be named: answered with a null id, in its turn.
  func refuse(_ error: RPCError) { turn(away: .null, error, .line, 0) }

  /// Answers now, or when waiting output allows.
  private func turn(away id: RequestID, _ error: RPCError, _ destination: Request.Destination, _ byteCount: Int) {
    enter(
      Request(
        id: id, destination: destination, method: nil, call: PreparedCall(lane: nil, timeoutMilliseconds: nil, work: .refused(error)),
        byteCount: byteCount, acceptedAt: clock.now))
  }
}
