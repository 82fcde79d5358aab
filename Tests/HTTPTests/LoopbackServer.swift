import Foundation
import System

@testable import HTTP

/// A real server on loopback: a thread for each connection, and for each request what `answer` gives. An empty answer is silence until the
/// client goes away; `nil` closes the connection.
final class LoopbackServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let answer: (@Sendable (String) -> String?)?
  private let seen = Locked<[String]>([])

  /// What was asked: the requests' heads with their bodies.
  var requests: [String] { seen.withLock { $0 } }

  /// Without `answer`, each connection is closed as soon as it is there.
  init(_ answer: (@Sendable (String) -> String?)? = nil) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { [listener] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(listener, generic, length) == 0 && listen(listener, 128) == 0 ? getsockname(listener, generic, &length) : -1
      }
    }
    guard status == 0 else { throw POSIXError(.EADDRINUSE) }
    port = address.sin_port.bigEndian
    Thread.detachNewThread { [self] in accept() }
  }

  var url: String { "http://127.0.0.1:\(port)/" }

  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func accept() {
    while true {
      let connection = Foundation.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      guard answer != nil else {
        Foundation.close(connection)
        continue
      }
      Thread.detachNewThread { [self] in serve(connection) }
    }
  }

  private func serve(_ connection: Int32) {
    defer { Foundation.close(connection) }
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var request = ""
      while !Self.isWhole(request) {
        let count = read(connection, &buffer, buffer.count)
        guard count > 0 else { return }
        request += String(decoding: buffer.prefix(count), as: UTF8.self)
      }
      seen.withLock { $0.append(request) }
      guard let answer = answer?(request) else { return }
      if answer.isEmpty {
        _ = read(connection, &buffer, 1)
        return
      }
      var bytes = Array(answer.utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count > 0 else { return }
        bytes = bytes.dropFirst(count)
      }
    }
  }

  private static func isWhole(_ request: String) -> Bool {
    guard let end = request.range(of: "\r\n\r\n") else { return false }
    let length = request.firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.1) } ?? 0
    return request[end.upperBound...].utf8.count >= length
  }
}

/// A response with a body.
func ok(_ body: String, _ headers: String = "", status: String = "200 OK") -> String {
  "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
