import System

/// HTTP over libcurl, on a thread of its own that is made, with the library, at the first request. Connections are kept and used again;
/// HTTP/2 where it is offered; proxies as the environment says. It has no cookies, no passwords and no redirects. Idle, it sleeps.
package final class HTTPClient: HTTPTransport {
  private let inbox = Inbox()
  private let settings: HTTPSettings

  package init(_ settings: HTTPSettings) { self.settings = settings }

  package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
    if Task.isCancelled { throw .cancelledBeforeSending }
    let pending = PendingRequest(request)
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if inbox.put(.begin(pending, continuation)) { start() }
      }
    } onCancel: {
      // It may overtake the beginning, so the request itself says so too.
      pending.cancel()
      _ = inbox.put(.cancel(pending))
    }
    return try result.get()
  }

  private func start() {
    do throws(SystemError) { try DetachedThread.begin { [inbox, settings] in TransferLoop.run(inbox, settings) } } catch {
      inbox.refuse(HTTPError(.libraryUnusable(path: nil), .waiting, mayHaveArrived: false, error.operation))
    }
  }
}
