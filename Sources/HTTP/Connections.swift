import CLibraries

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The connections that libcurl has open. It makes and closes their sockets here, so that they can be looked at before they are used again:
/// what lies unread in a kept connection is nobody's response, and would be taken for the next request's, whose own for the one after it.
/// Lives on the thread, and as long.
final class Connections {
  private var open: [Int32: Connection] = [:]
  private var byEnds: [ConnectionEnds: Connection] = [:]
  private var last = 0

  /// -1 if the system gives no socket.
  func make(_ address: OpaquePointer) -> Int32 {
    let descriptor = ncb_curl_make_socket(address)
    guard descriptor >= 0 else { return -1 }
    last += 1
    open[descriptor] = Connection(number: last, descriptor: descriptor)
    return descriptor
  }

  func close(_ descriptor: Int32) -> Int32 {
    let connection = open.removeValue(forKey: descriptor)
    connection?.isClosed = true
    if let ends = connection?.ends { byEnds[ends] = nil }
    #if canImport(Glibc)
      return Glibc.close(descriptor)
    #else
      return Darwin.close(descriptor)
    #endif
  }

  /// The connection that a request is about to go out on, which libcurl names by its ends only.
  func find(_ ends: ConnectionEnds) -> Connection? {
    if let known = byEnds[ends] { return known }
    let found = open.values.first {
      $0.ends == nil && Self.port($0.descriptor, getsockname) == ends.localPort && Self.port($0.descriptor, getpeername) == ends.port
    }
    found?.ends = ends
    if let found { byEnds[ends] = found }
    return found
  }

  /// Nothing if it is closed already.
  func spoil(_ number: Int) { open.values.first { $0.number == number }?.spoil() }

  private typealias NameOfEnd = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

  private static func port(_ descriptor: Int32, _ name: NameOfEnd) -> Int32? {
    var address = sockaddr_storage()
    return withUnsafeMutableBytes(of: &address) { bytes -> Int32? in
      guard let start = bytes.baseAddress else { return nil }
      var length = socklen_t(bytes.count)
      guard name(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return nil }
      // Of both families the port is the third and fourth byte, the higher first.
      return Int32(bytes[2]) << 8 | Int32(bytes[3])
    }
  }
}
