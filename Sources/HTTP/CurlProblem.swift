/// One of libcurl's codes in our words. libcurl's own texts name hosts and proxies, and stay inside.
struct CurlProblem {
  let code: Int32
  let isSent: Bool
  let phase: HTTPError.Phase
  /// Our own limits ended it.
  let isTooLarge: Bool
  /// libcurl's own text.
  let said: String

  var error: HTTPError {
    if isTooLarge || code == 63 { return failure(.tooLarge, .response, "the response is larger than the limit") }
    switch code {
    case 5: return failure(.network, .resolve, "the proxy's name was not found")
    case 6: return failure(.network, .resolve, "the service's name was not found")
    case 7, 45, 97: return failure(.network, .connect, "no connection was made")
    case 35 where isSent: return failure(.network, phase, "the connection was lost")
    case 35 where isLoss: return failure(.network, .tls, "the connection was lost in the TLS handshake")
    case 35: return failure(.tls, .tls, "the TLS handshake failed")
    case 51, 60: return failure(.tls, .tls, "the service's certificate is not trusted, not for this name, or not valid now")
    case 77: return failure(.tls, .tls, "the file of trusted certificates cannot be read")
    case 53, 54, 58, 59, 64, 66, 80, 82, 83, 90, 91, 98: return failure(.tls, .tls, "TLS was refused (libcurl \(code))")
    case 18: return failure(.badResponse, .response, "the response was cut off")
    case 1 where !isSent, 4 where !isSent:
      return failure(
        .libraryUnusable(path: nil), .waiting, "it is built without what the address of the service or of the proxy needs (libcurl \(code))"
      )
    case 1, 8, 61: return failure(.badResponse, .response, "the response is not HTTP, or has an encoding that was not requested")
    // What libcurl says of a header line beyond its own limit.
    case 27 where isSent, 100 where isSent: return failure(.tooLarge, .response, "the response's header is larger than the limit")
    case 27: return .noMemory
    case 16, 42, 52, 55, 56, 92: return failure(.network, phase, isSent ? "the connection was lost" : "no connection was made")
    default: return failure(.network, phase, "the request failed (libcurl \(code))")
    }
  }

  /// One code stands for a refused handshake and for a lost connection; the words are OpenSSL's and GnuTLS's.
  private var isLoss: Bool {
    ["reset by peer", "SYSCALL", "unexpected eof", "pull function", "non-properly terminated", "Broken pipe"].contains { said.contains($0) }
  }

  private func failure(_ reason: HTTPError.Reason, _ phase: HTTPError.Phase, _ message: String) -> HTTPError {
    HTTPError(reason, phase, mayHaveArrived: isSent, message)
  }
}

extension HTTPError {
  /// What libcurl needs of the system at its start, it does not say which.
  static let notStarted = HTTPError(
    .libraryUnusable(path: nil), .waiting, mayHaveArrived: false, "libcurl does not start: the system gives it no descriptors or no memory")
  static let noMemory = HTTPError(.refused, .waiting, mayHaveArrived: false, "libcurl took no more requests")
}
