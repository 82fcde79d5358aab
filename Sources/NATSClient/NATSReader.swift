import System

/// The bytes a server sent, as lines and payloads. Every length has a limit, because the server may be anybody's.
final class NATSReader {
  private static let longestLine = 64 << 10

  private let socket: NATSSocket
  private var received: [UInt8] = []
  private var head = 0

  init(_ socket: NATSSocket) { self.socket = socket }

  /// The next line without its CR LF; nil at the deadline.
  func line(_ deadline: Deadline) throws(NATSClientError) -> [UInt8]? {
    while true {
      if let end = received[head...].firstIndex(of: 0x0A) {
        let line = received[head..<end]
        head = end + 1
        return Array(line.last == 0x0D ? line.dropLast() : line)
      }
      guard received.count - head <= Self.longestLine else { throw NATSClientError(.badProtocol, "the server's line has no end") }
      guard try receive(deadline) else { return nil }
    }
  }

  /// So many bytes and the CR LF after them.
  func payload(_ count: Int, _ deadline: Deadline) throws(NATSClientError) -> ArraySlice<UInt8> {
    while received.count - head < count + 2 {
      guard try receive(deadline) else { throw NATSClientError(.silent, "the server stopped in the middle of a message") }
    }
    let end = head + count
    defer { head = end + 2 }
    guard received[end] == 0x0D, received[end + 1] == 0x0A else {
      throw NATSClientError(.badProtocol, "a message of the server is longer than it says")
    }
    return received[head..<end]
  }

  /// False at the deadline.
  private func receive(_ deadline: Deadline) throws(NATSClientError) -> Bool {
    received.removeSubrange(..<head)
    head = 0
    let more = try socket.read(deadline)
    received += more
    return !more.isEmpty
  }
}
