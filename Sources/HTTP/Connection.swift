#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One connection that libcurl keeps, from its socket's making to its closing. Lives on the thread.
final class Connection {
  /// Counts up: descriptors are used again.
  let number: Int
  let descriptor: Int32
  /// Where it begins and ends, once it is connected.
  var ends: ConnectionEnds?
  /// Answers are told apart by streams, as HTTP/2 has them; nil until a response has begun.
  var isMultiplexed: Bool?
  /// Requests that are on it now, and that ever were.
  private var transfers = 0
  private(set) var uses = 0
  /// It gave what nobody can believe: no other request goes out on it.
  private(set) var isSpoiled = false
  /// libcurl is done with it: the descriptor may be another connection's by now.
  var isClosed = false

  init(number: Int, descriptor: Int32) {
    self.number = number
    self.descriptor = descriptor
  }

  /// From now on no request goes out on it. Those that are on it still have their responses; then it is shut, and libcurl, which looks before it
  /// uses one again, finds it dead and closes it.
  func spoil() {
    isSpoiled = true
    shutIfDone()
  }

  /// A request goes out on it.
  func enter() {
    transfers += 1
    uses += 1
  }

  /// The request is over.
  func leave() {
    transfers -= 1
    shutIfDone()
  }

  private func shutIfDone() {
    if isSpoiled, transfers == 0, !isClosed { shutdown(descriptor, Int32(SHUT_RDWR)) }
  }

  /// What came that nobody has read. Bytes are told before an end that came after them.
  var unread: Unread {
    var byte: UInt8 = 0
    let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
    if count > 0 { return .bytes }
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? .nothing : .end
  }

  enum Unread {
    case nothing, bytes
    /// The other end closed or reset it.
    case end
  }
}

/// Both ends of a connection, as libcurl tells them.
struct ConnectionEnds: Hashable {
  let localAddress: String
  let localPort: Int32
  let address: String
  let port: Int32
}
