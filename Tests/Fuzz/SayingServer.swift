import Foundation
import System

/// A server on loopback that says to each connection what it was told to say, then nothing more, and keeps what it hears.
final class SayingServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let heard = Locked<[[UInt8]]>([])
  private let isOver = DispatchSemaphore(value: 0)

  /// `sayings` are what the first connection hears, the second, and so on; no more are taken.
  init(_ sayings: [UInt8]...) throws {
    let listener = socket(AF_INET, streamSocket, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bound in
        bind(listener, bound, size) == 0 && listen(listener, 4) == 0 && getsockname(listener, bound, &size) == 0
      }
    }
    guard status else { throw Broken(description: "no server: errno \(errno)") }
    self.listener = listener
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in
      for saying in sayings { serve(saying) }
      // Whoever else comes is refused, and does not wait.
      shutdown(listener, Int32(bothEnds))
      isOver.signal()
    }
  }

  private func serve(_ saying: [UInt8]) {
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    var sent = 0
    while sent < saying.count {
      let count = saying.withUnsafeBytes { send(connection, $0.baseAddress?.advanced(by: sent), saying.count - sent, noSignal) }
      guard count > 0 else { break }
      sent += count
    }
    shutdown(connection, Int32(writingEnd))
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(connection, &chunk, chunk.count, 0)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    heard.withLock { $0.append(bytes) }
  }

  /// Ends it, and gives what each connection sent.
  func stop() -> [[UInt8]] {
    shutdown(listener, Int32(bothEnds))
    isOver.wait()
    close(listener)
    return heard.withLock { $0 }
  }
}

#if canImport(Glibc)
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
  private let noSignal = Int32(MSG_NOSIGNAL)
  private let (writingEnd, bothEnds) = (SHUT_WR, SHUT_RDWR)
#else
  private let streamSocket = SOCK_STREAM
  private let noSignal: Int32 = 0
  private let (writingEnd, bothEnds) = (SHUT_WR, SHUT_RDWR)
#endif
