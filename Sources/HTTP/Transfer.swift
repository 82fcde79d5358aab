import CLibraries

/// One request while libcurl works on it. Lives on the thread; libcurl holds it by an unretained pointer, which the loop's table outlives.
final class Transfer {
  let order: Order
  let waiter: Order.Waiter
  let easy: OpaquePointer
  private let settings: HTTPSettings
  private var headerLines: OpaquePointer?

  /// When it is torn, on the loop's clock.
  var endsAt: Int
  private var isCancelled = false
  /// How often the request went out on a connection. A second time would be libcurl's own repeat after a kept connection was lost: never
  /// allowed, because only whoever knows what the request means may repeat it.
  private var timesSent = 0
  private var headers: [HTTPHeader] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private var isTooLarge = false
  /// The empty line at the end of a head came. libcurl takes a head that was cut off for a whole one.
  private var hasWholeHead = false
  /// What libcurl says of a failure, for telling one code's meanings apart; never passed on.
  private let said = UnsafeMutablePointer<CChar>.allocate(capacity: Transfer.saidBytes)
  private static let saidBytes = 256

  init(_ order: Order, _ waiter: Order.Waiter, _ easy: OpaquePointer, _ settings: HTTPSettings, endsAt: Int) {
    self.order = order
    self.waiter = waiter
    self.endsAt = endsAt
    self.easy = easy
    self.settings = settings
  }

  deinit { said.deallocate() }

  var isSent: Bool { timesSent > 0 }
  var phase: HTTPError.Phase { headerBytes > 0 ? .response : isSent ? .request : .connect }

  /// At once where nothing has been sent; otherwise the answer has its patience to come.
  func cancel(now: Int) {
    isCancelled = true
    endsAt = min(endsAt, isSent ? now + order.request.patienceMilliseconds : now)
  }

  /// Its time was over without a byte of an answer, and nobody cancelled it.
  var wasNeverAnswered: Bool { isSent && headerBytes == 0 && !isCancelled }

  var torn: HTTPError {
    isCancelled
      ? HTTPError(.cancelled, phase, mayHaveArrived: isSent, "the request was cancelled before its answer came")
      : HTTPError(.timeout, phase, mayHaveArrived: isSent, "no answer came in time")
  }

  /// Sets every option; false if libcurl refuses one.
  func prepare(freshConnection: Bool) -> Bool {
    let options = TransferOptions(easy, user: Unmanaged.passUnretained(self).toOpaque())
    for header in order.request.headers {
      guard let longer = ncb_curl_list_append(headerLines, "\(header.name): \(header.value)") else { return false }
      headerLines = longer
    }
    said.initialize(repeating: 0, count: Transfer.saidBytes)
    let seesSending = options.watchSending()
    // Where nobody can see it, it counts as sent from the beginning: then nothing is repeated that may have arrived. And libcurl is kept from
    // repeating on its own by a new connection.
    if !seesSending { timesSent = 1 }
    if freshConnection || !seesSending, !options.useFreshConnection() { return false }
    return options.set(order.request, headers: headerLines, said: said, settings)
  }

  func freeHeaders() {
    ncb_curl_list_free(headerLines)
    headerLines = nil
  }

  func outcome(_ code: Int32) -> Order.Outcome {
    guard code == 0 else {
      let failure = CurlFailure(code: code, isSent: isSent, phase: phase, isTooLarge: isTooLarge, said: String(cString: said))
      return .failure(failure.error)
    }
    guard hasWholeHead else { return .failure(HTTPError(.badResponse, .response, mayHaveArrived: true, "the answer was cut off")) }
    return .success(HTTPResponse(status: Int(ncb_curl_response_code(easy)), headers: headers, body: body))
  }

  /// Gives 0 for libcurl to go on.
  func willSend() -> Int32 {
    timesSent += 1
    return timesSent == 1 ? 0 : 1
  }

  /// Gives how many bytes were taken; fewer than came end the transfer.
  func take(body bytes: UnsafeRawBufferPointer) -> Int {
    guard body.count + bytes.count <= settings.bodyLimit else {
      isTooLarge = true
      return 0
    }
    body.append(contentsOf: bytes)
    return bytes.count
  }

  func take(header line: UnsafeRawBufferPointer) -> Int {
    headerBytes += line.count
    guard headerBytes <= settings.headerLimit else {
      isTooLarge = true
      return 0
    }
    // A status line begins anew: what stood before belonged to an interim response.
    if line.starts(with: Array("HTTP/".utf8)) { (headers, hasWholeHead) = ([], false) }
    if line.elementsEqual(Array("\r\n".utf8)) || line.elementsEqual(Array("\n".utf8)) { hasWholeHead = true }
    if let header = Self.header(line) { headers.append(header) }
    return line.count
  }

  private static func header(_ line: UnsafeRawBufferPointer) -> HTTPHeader? {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    func trimmed(_ part: Slice<UnsafeRawBufferPointer>) -> String {
      let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
      let start = part.drop(while: isSpace)
      let end = start.lastIndex { !isSpace($0) }.map { start[...$0] } ?? start[start.endIndex...]
      return String(decoding: end, as: UTF8.self)
    }
    return HTTPHeader(trimmed(line[..<colon]), trimmed(line[(colon + 1)...]))
  }
}
