import CLibraries

/// Sets libcurl's options for one transfer.
struct TransferOptions {
  private let easy: OpaquePointer
  private let user: UnsafeMutableRawPointer

  /// `user` is the `EasyHandle`, for the callbacks.
  init(_ easy: OpaquePointer, user: UnsafeMutableRawPointer) {
    self.easy = easy
    self.user = user
  }

  /// All but the URL; false if libcurl refuses one that must be set. No time limit is among them: libcurl forgets it for requests that wait for a
  /// connection, so the loop keeps its own.
  func set(_ request: HTTPRequest, headers: OpaquePointer?, said: UnsafeMutablePointer<CChar>, _ settings: HTTPSettings) -> Bool {
    let isPlain = request.isPlain
    return protocols(isPlain ? "http" : "https", bit: isPlain ? 1 : 2)
      && pointer(NCB_CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(said)) && long(NCB_CURLOPT_NOSIGNAL, 1)
      && long(NCB_CURLOPT_FOLLOWLOCATION, 0) && pointer(NCB_CURLOPT_HTTPHEADER, headers)
      && text(NCB_CURLOPT_ACCEPT_ENCODING, "gzip") && method(request) && callbacks(request) && connection(isPlain) && trust(settings)
  }

  /// What no two requests have in common; the rest may stay set from one to the next.
  func setURL(_ request: HTTPRequest) -> Bool { text(NCB_CURLOPT_URL, request.url) }

  private func method(_ request: HTTPRequest) -> Bool {
    guard let body = request.body else { return text(NCB_CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
    return body.withUnsafeBytes { bytes in
      long(NCB_CURLOPT_POST, 1) && offset(NCB_CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count))
        && ncb_curl_set_pointer(easy, option(NCB_CURLOPT_COPYPOSTFIELDS), UnsafeMutableRawPointer(mutating: bytes.baseAddress)) == 0
    } && text(NCB_CURLOPT_CUSTOMREQUEST, request.method.rawValue)
  }

  private func callbacks(_ request: HTTPRequest) -> Bool {
    guard ncb_curl_set_callbacks(easy, takeBody, takeHeader) == 0, pointer(NCB_CURLOPT_WRITEDATA, user),
      pointer(NCB_CURLOPT_HEADERDATA, user)
    else { return false }
    return true
  }

  /// The transfer is told each time it is sent; false before libcurl 7.80, which cannot.
  func watchSending() -> Bool { ncb_curl_set_prerequest(easy, willSend) == 0 && pointer(NCB_CURLOPT_PREREQDATA, user) }

  /// Sockets are made and closed by `connections`, which must outlive every one of them.
  func watchSockets(_ connections: Connections) -> Bool {
    let owner = Unmanaged.passUnretained(connections).toOpaque()
    return ncb_curl_set_sockets(easy, openSocket, closeSocket) == 0 && pointer(NCB_CURLOPT_OPENSOCKETDATA, owner)
      && pointer(NCB_CURLOPT_CLOSESOCKETDATA, owner)
  }

  /// No kept connection is used.
  func useFreshConnection() -> Bool { long(NCB_CURLOPT_FRESH_CONNECT, 1) }

  private func connection(_ isPlain: Bool) -> Bool {
    let (http1, http2OverTLS) = (2, 4)
    // Plain HTTP goes to loopback only; no proxy is ever shown the key in the clear.
    if isPlain, !text(NCB_CURLOPT_PROXY, "") { return false }
    // Not before 7.87: without it a name that is slow to be found keeps the thread a while after its request has ended.
    _ = long(NCB_CURLOPT_QUICK_EXIT, 1)
    // Not PIPEWAIT, which would save connections: one that hangs in its beginning would then hold up all requests.
    return long(NCB_CURLOPT_HTTP_VERSION, isPlain ? http1 : http2OverTLS) && long(NCB_CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
  }

  private func trust(_ settings: HTTPSettings) -> Bool {
    if settings.isInsecure { return long(NCB_CURLOPT_SSL_VERIFYPEER, 0) && long(NCB_CURLOPT_SSL_VERIFYHOST, 0) }
    guard let file = settings.caFile else { return true }
    return text(NCB_CURLOPT_CAINFO, file) && text(NCB_CURLOPT_CAPATH, nil)
  }

  /// As text since 7.85, before as bits.
  private func protocols(_ name: String, bit: Int) -> Bool {
    text(NCB_CURLOPT_PROTOCOLS_STR, name) || long(NCB_CURLOPT_PROTOCOLS, bit)
  }

  private func option(_ name: some BinaryInteger) -> Int32 { Int32(truncatingIfNeeded: name) }
  private func long(_ name: some BinaryInteger, _ value: Int) -> Bool { ncb_curl_set_long(easy, option(name), value) == 0 }
  private func offset(_ name: some BinaryInteger, _ value: Int64) -> Bool { ncb_curl_set_offset(easy, option(name), value) == 0 }
  private func text(_ name: some BinaryInteger, _ value: String?) -> Bool { ncb_curl_set_text(easy, option(name), value) == 0 }
  private func pointer(_ name: some BinaryInteger, _ value: OpaquePointer?) -> Bool { pointer(name, UnsafeMutableRawPointer(value)) }
  private func pointer(_ name: some BinaryInteger, _ value: UnsafeMutableRawPointer?) -> Bool {
    ncb_curl_set_pointer(easy, option(name), value) == 0
  }
}

private func transfer(_ user: UnsafeMutableRawPointer) -> Transfer? {
  Unmanaged<EasyHandle>.fromOpaque(user).takeUnretainedValue().transfer
}

private func takeBody(_ data: UnsafeMutablePointer<CChar>, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer) -> Int {
  transfer(user)?.take(body: UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
}

private func takeHeader(_ data: UnsafeMutablePointer<CChar>, _ size: Int, _ count: Int, _ user: UnsafeMutableRawPointer) -> Int {
  transfer(user)?.take(header: UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
}

private func willSend(
  _ user: UnsafeMutableRawPointer, _ address: UnsafeMutablePointer<CChar>?, _ localAddress: UnsafeMutablePointer<CChar>?, _ port: Int32,
  _ localPort: Int32
) -> Int32 {
  func text(_ characters: UnsafeMutablePointer<CChar>?) -> String { characters.map { String(cString: $0) } ?? "" }
  return transfer(user)?.willSend(
    ConnectionEnds(localAddress: text(localAddress), localPort: localPort, address: text(address), port: port)) ?? 1
}

private func connections(_ user: UnsafeMutableRawPointer) -> Connections {
  Unmanaged<Connections>.fromOpaque(user).takeUnretainedValue()
}

private func openSocket(_ user: UnsafeMutableRawPointer, _: Int32, _ address: OpaquePointer) -> Int32 { connections(user).make(address) }

private func closeSocket(_ user: UnsafeMutableRawPointer, _ descriptor: Int32) -> Int32 { connections(user).close(descriptor) }
