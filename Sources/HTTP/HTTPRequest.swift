/// What is sent. Its description shows no header's value and no body: either may hold a secret.
package struct HTTPRequest: Sendable, CustomStringConvertible {
  package enum Method: String, Sendable { case get = "GET", post = "POST", patch = "PATCH", delete = "DELETE" }

  package let method: Method
  /// Absolute, `https://…` or `http://…`, with everything that needs it percent-encoded.
  package let url: String
  package let headers: [HTTPHeader]
  package let body: [UInt8]?
  /// For the whole of it, from the queue to the last byte of the response.
  package let timeoutMilliseconds: Int
  /// How long the response is still awaited after a cancel, if the request may be on its way already.
  package let patienceMilliseconds: Int

  package init(
    _ method: Method, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil, timeoutMilliseconds: Int,
    patienceMilliseconds: Int = 0
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutMilliseconds = timeoutMilliseconds
    self.patienceMilliseconds = patienceMilliseconds
  }

  /// Without TLS.
  var isPlain: Bool { url.hasPrefix("http://") }

  package var description: String { "\(method.rawValue) with \(headers.count) headers and \(body?.count ?? 0) bytes" }
}
