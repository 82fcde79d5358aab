import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A TCP connection whose every wait ends at a deadline. Blocks its thread: only for threads that may.
final class NATSSocket {
  private let descriptor: Int32

  /// Tries each address of the host; `refused` only if every one of them refused.
  init(_ address: NATSAddress, _ deadline: Deadline) throws(NATSClientError) {
    var hints = addrinfo()
    hints.ai_socktype = streamSocket
    hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address.bareHost, String(address.port), &hints, &found) == 0, let first = found else {
      throw NATSClientError(.unreachable, "the host of the NATS URL is not known")
    }
    defer { freeaddrinfo(first) }
    var problem = NATSClientError(.unreachable, "the host of the NATS URL has no address")
    var next: UnsafeMutablePointer<addrinfo>? = first
    while let entry = next {
      do throws(NATSClientError) {
        descriptor = try Self.connected(entry.pointee, deadline)
        return
      } catch {
        if problem.reason != .silent { problem = error }
      }
      next = entry.pointee.ai_next
    }
    throw problem
  }

  deinit { close(descriptor) }

  /// The address that took the connection, as `host:port` in numbers; nil if the system does not say.
  var peer: String? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    let isFound = withUnsafeMutablePointer(to: &address) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        getpeername(descriptor, pointer, &size) == 0
          && getnameinfo(
            pointer, size, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV) == 0
      }
    }
    guard isFound else { return nil }
    func text(_ characters: [CChar]) -> String { characters.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" } }
    let name = text(host)
    return (name.contains(":") ? "[\(name)]" : name) + ":" + text(port)
  }

  private static func connected(_ address: addrinfo, _ deadline: Deadline) throws(NATSClientError) -> Int32 {
    let descriptor = socket(address.ai_family, streamSocket, 0)
    guard descriptor >= 0 else { throw NATSClientError(.unreachable, "no socket: \(SystemError.words(errno))") }
    // Our own socket: nobody shares its description.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    if connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 { return descriptor }
    var code = errno
    if code == EINPROGRESS {
      var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&poller, 1, deadline.remaining) > 0 else {
        close(descriptor)
        throw NATSClientError(.silent, "the server does not take the connection")
      }
      var size = socklen_t(MemoryLayout<Int32>.size)
      getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      if code == 0 { return descriptor }
    }
    close(descriptor)
    throw NATSClientError(code == ECONNREFUSED ? .refused : .unreachable, "no connection: \(SystemError.words(code))")
  }

  /// What has come, at most 64 KiB; empty at the deadline.
  func read(_ deadline: Deadline) throws(NATSClientError) -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      if count > 0 { return Array(chunk.prefix(count)) }
      if count == 0 { throw NATSClientError(.silent, "the server ended the connection") }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: guard try waits(for: POLLIN, deadline) else { return [] }
      default: throw NATSClientError(.silent, "the connection broke: \(SystemError.words(errno))")
      }
    }
  }

  func write(_ bytes: [UInt8], _ deadline: Deadline) throws(NATSClientError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written, noSignal) }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        guard try waits(for: POLLOUT, deadline) else { throw NATSClientError(.silent, "the server does not read") }
      } else if errno != EINTR {
        throw NATSClientError(.silent, "the connection broke: \(SystemError.words(errno))")
      }
    }
  }

  /// False at the deadline.
  private func waits(for events: Int32, _ deadline: Deadline) throws(NATSClientError) -> Bool {
    var poller = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    let ready = poll(&poller, 1, deadline.remaining)
    if ready < 0, errno != EINTR { throw NATSClientError(.silent, "no wait: \(SystemError.words(errno))") }
    return ready > 0 || !deadline.isOver
  }
}

#if canImport(Glibc)
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
  private let noSignal = Int32(MSG_NOSIGNAL)
#else
  private let streamSocket = SOCK_STREAM
  private let noSignal: Int32 = 0
#endif
