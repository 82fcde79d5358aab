import CLibraries

/// One of libcurl's easy handles, with what is set in it. The next request that differs only in its URL finds the rest set already, which
/// spares 14,000 of its instructions. Lives on the thread; libcurl's callbacks find the request by it.
final class EasyHandle {
  /// What is set, but for the URL.
  private struct Setup: Equatable {
    let method: HTTPRequest.Method
    let isPlain: Bool
    let headers: [HTTPHeader]
  }

  let easy: OpaquePointer
  /// The request that it works for.
  private(set) unowned var transfer: Transfer?
  /// False before libcurl 7.80, which tells nobody when it sends.
  private(set) var seesSending = false
  private var setup: Setup?
  private var headerLines: OpaquePointer?
  /// What libcurl says of a failure, for telling one code's meanings apart; never passed on.
  private let words = UnsafeMutablePointer<CChar>.allocate(capacity: EasyHandle.wordBytes)
  private static let wordBytes = 256

  /// Nil if libcurl has no memory.
  init?() {
    guard let easy = ncb_curl_easy_init() else {
      words.deallocate()
      return nil
    }
    self.easy = easy
    words.initialize(repeating: 0, count: Self.wordBytes)
  }

  deinit {
    ncb_curl_easy_cleanup(easy)
    ncb_curl_list_free(headerLines)
    words.deallocate()
  }

  var said: String { String(cString: words) }

  /// Sets everything for a request; false if libcurl refuses something. `connections` must outlive the handle.
  func prepare(
    _ request: HTTPRequest, for transfer: Transfer, _ settings: HTTPSettings, _ connections: Connections, freshConnection: Bool
  ) -> Bool {
    self.transfer = transfer
    words.pointee = 0
    let options = TransferOptions(easy, user: Unmanaged.passUnretained(self).toOpaque())
    let wanted = Setup(method: request.method, isPlain: request.isPlain, headers: request.headers)
    if !freshConnection, request.body == nil, setup == wanted { return options.setURL(request) }
    reset()
    for header in request.headers {
      guard let longer = ncb_curl_list_append(headerLines, "\(header.name): \(header.value)") else { return false }
      headerLines = longer
    }
    seesSending = options.watchSending()
    // What nobody looks at before it is used again is not used again.
    if freshConnection || !seesSending, !options.useFreshConnection() { return false }
    guard options.watchSockets(connections), options.set(request, headers: headerLines, said: words, settings), options.setURL(request)
    else { return false }
    // The others' options are not those of the next.
    if !freshConnection, seesSending, request.body == nil { setup = wanted }
    return true
  }

  /// The request is over. What is not for the next one is forgotten, a body above all.
  func leave() {
    transfer = nil
    if setup == nil { reset() }
  }

  private func reset() {
    setup = nil
    ncb_curl_easy_reset(easy)
    ncb_curl_list_free(headerLines)
    headerLines = nil
  }
}
