/// One request, one response. The whole of what a client of a service needs, so that a test's fake is one function.
package protocol HTTPTransport: Sendable {
  /// Throws when there is no whole response; a response of any status is a result. Redirects are results too: nothing is followed.
  /// Cancelling the task ends the request after its `patience`.
  func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}
