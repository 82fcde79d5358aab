/// Why there is no response. Its texts are our own: nothing of what was sent or came stands in them.
package struct HTTPError: Error, Sendable {
  package enum Reason: Sendable, Equatable {
    /// libcurl is not there; the message is what the dynamic loader said.
    case libraryMissing
    /// libcurl is there and of no use; the message is what the dynamic loader or libcurl said. Nil if its path is not known.
    case libraryUnusable(path: String?)
    /// The name was not found, or the connection was refused or lost.
    case network
    /// `timeoutMilliseconds` ran out.
    case timeout
    case cancelled
    /// The certificate, its name or the protocol was refused.
    case tls
    /// What came is not HTTP, or not whole.
    case badResponse
    /// What came is larger than the limits.
    case tooLarge
    /// libcurl refuses the request; a bug, or no memory.
    case refused
  }

  /// How far it came.
  package enum Phase: String, Sendable { case waiting, resolve, connect, tls, request, response }

  package let reason: Reason
  package let phase: Phase
  /// Whether the service may have acted on the request. False only if not one byte of it was sent.
  package let mayHaveArrived: Bool
  package let message: String

  package init(_ reason: Reason, _ phase: Phase, mayHaveArrived: Bool, _ message: String) {
    self.reason = reason
    self.phase = phase
    self.mayHaveArrived = mayHaveArrived
    self.message = message
  }

  static let cancelledBeforeSending = HTTPError(.cancelled, .waiting, mayHaveArrived: false, "the request was cancelled")
}
