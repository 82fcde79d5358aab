import CLibraries

/// One request while libcurl works on it. Lives on the thread, in the loop's table until its end.
final class Transfer {
  let pending: PendingRequest
  let waiter: PendingRequest.Waiter
  let handle: EasyHandle
  private let settings: HTTPSettings
  private let connections: Connections

  /// When it is aborted, on the loop's clock.
  var endsAt: Int
  private var isCancelled = false
  /// How often the request went out on a connection. A second time would be libcurl's own retry after a kept connection was lost: never
  /// allowed, because only whoever knows what the request means may retry it.
  private var timesSent = 0
  /// What it went out on; nil until then, and where nobody can see it.
  private(set) var connection: Connection?
  private var hasFreshConnection = false
  /// The connection that libcurl chose was not to be used, so it was not sent.
  private var isRefused = false
  /// It was not to be used because it was closed before anything went out on it: lost, and nobody's response.
  private var isLost = false
  private var incoming: IncomingResponse

  init(
    _ pending: PendingRequest, _ waiter: PendingRequest.Waiter, _ handle: EasyHandle, _ settings: HTTPSettings, _ connections: Connections,
    endsAt: Int
  ) {
    self.pending = pending
    self.waiter = waiter
    self.endsAt = endsAt
    self.handle = handle
    self.settings = settings
    self.connections = connections
    incoming = IncomingResponse(settings)
  }

  var isSent: Bool { timesSent > 0 }
  var phase: HTTPError.Phase { incoming.headerBytes > 0 ? .response : isSent ? .request : .connect }

  /// At once where nothing has been sent; otherwise the response has its patience to come.
  func cancel(now: Int) {
    isCancelled = true
    endsAt = min(endsAt, isSent ? now + pending.request.patienceMilliseconds : now)
  }

  /// Its time was over without a byte of a response, and nobody cancelled it.
  var wasNeverAnswered: Bool { isSent && incoming.headerBytes == 0 && !isCancelled }

  /// It was not sent, and goes out on a connection of its own instead.
  var needsFreshConnection: Bool { isRefused && !hasFreshConnection }

  /// Sets every option; false if libcurl refuses one.
  func prepare(freshConnection: Bool) -> Bool {
    isRefused = false
    isLost = false
    guard handle.prepare(pending.request, for: self, settings, connections, freshConnection: freshConnection) else { return false }
    // Where nobody can see it, it counts as sent from the beginning: then nothing is retried that may have arrived. And libcurl is kept from
    // retrying on its own, and from using what nobody looked at, by a new connection.
    if !handle.seesSending { timesSent = 1 }
    hasFreshConnection = freshConnection || !handle.seesSending
    return true
  }

  /// `code` is libcurl's; `inbox` is where the response's connection can be told of.
  func outcome(_ code: Int32, _ inbox: Inbox) -> PendingRequest.Outcome {
    if isRefused {
      if isLost { return .failure(HTTPError(.network, .request, mayHaveArrived: false, "the connection was lost")) }
      return .failure(HTTPError(.badResponse, .request, mayHaveArrived: false, "the service sent a response before the request"))
    }
    if code == 0, !incoming.hasWholeHead {
      return .failure(HTTPError(.badResponse, .response, mayHaveArrived: true, "the response was cut off"))
    }
    guard code == 0 || incoming.isRefusal else {
      let problem = CurlProblem(code: code, isSent: isSent, phase: phase, isTooLarge: incoming.isTooLarge, said: handle.said)
      return .failure(problem.error)
    }
    return .success(response(inbox))
  }

  /// Its time is over.
  func aborted(_ inbox: Inbox) -> PendingRequest.Outcome {
    if isCancelled {
      return .failure(HTTPError(.cancelled, phase, mayHaveArrived: isSent, "the request was cancelled before its response came"))
    }
    if incoming.isRefusal { return .success(response(inbox)) }
    return .failure(HTTPError(.timeout, phase, mayHaveArrived: isSent, "no response came in time"))
  }

  private func response(_ inbox: Inbox) -> HTTPResponse {
    HTTPResponse(
      status: Int(ncb_curl_response_code(handle.easy)), head: incoming.head, body: incoming.body,
      connection: connection.map { KeptConnection(number: $0.number, inbox: inbox) })
  }

  /// Returns 0 for libcurl to go on.
  func willSend(_ ends: ConnectionEnds) -> Int32 {
    if isSent {
      timesSent += 1
      return 1
    }
    let connection = connections.find(ends)
    isRefused = connection.map { !mayGoOut(on: $0) } ?? !hasFreshConnection
    if isRefused { return 1 }
    connection?.enter()
    self.connection = connection
    timesSent = 1
    return 0
  }

  private func mayGoOut(on connection: Connection) -> Bool {
    if connection.isSpoiled { return false }
    let isPlain = pending.request.isPlain
    // On a new one with TLS what lies there belongs to the handshake.
    if connection.uses == 0 { return !isPlain || hasNothingUnread(connection) }
    // Whatever comes over HTTP/2 says which request it answers, and libcurl reads what is for the connection. Where no response has begun yet
    // although another request is out, it is HTTP/2.
    guard connection.isMultiplexed == false else { return true }
    return hasNothingUnread(connection) && (isPlain || ncb_curl_has_tls_pending(handle.easy) == 0)
  }

  private func hasNothingUnread(_ connection: Connection) -> Bool {
    let unread = connection.unread
    isLost = unread == .end
    return unread == .nothing
  }

  /// Returns how many bytes were taken; fewer than came end the transfer.
  func take(body bytes: UnsafeRawBufferPointer) -> Int { incoming.take(body: bytes) }

  func take(header line: UnsafeRawBufferPointer) -> Int {
    defer { connection?.isMultiplexed = incoming.isMultiplexed }
    return incoming.take(header: line)
  }
}
