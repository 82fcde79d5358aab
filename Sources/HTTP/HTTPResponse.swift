/// A whole response.
package struct HTTPResponse: Sendable {
  package let status: Int
  private let head: HTTPHead
  /// Decompressed.
  package let body: [UInt8]
  /// What it came over; nil where that is not known.
  package let connection: KeptConnection?

  init(status: Int, head: HTTPHead, body: [UInt8], connection: KeptConnection?) {
    self.status = status
    self.head = head
    self.body = body
    self.connection = connection
  }

  package init(status: Int, headers: [HTTPHeader], body: [UInt8]) {
    self.init(status: status, head: HTTPHead(headers), body: body, connection: nil)
  }

  /// The value of the first header of this name.
  package func header(_ name: String) -> String? { head[name] }
}
