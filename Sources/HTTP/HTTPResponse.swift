/// A whole response.
package struct HTTPResponse: Sendable {
  package let status: Int
  package let headers: [HTTPHeader]
  /// Decompressed.
  package let body: [UInt8]
  /// What it came over; nil where that is not known.
  package let connection: KeptConnection?

  package init(status: Int, headers: [HTTPHeader], body: [UInt8], connection: KeptConnection? = nil) {
    self.status = status
    self.headers = headers
    self.body = body
    self.connection = connection
  }

  /// The value of the first header of this name.
  package func header(_ name: String) -> String? { headers.first { $0.isNamed(name) }?.value }
}
