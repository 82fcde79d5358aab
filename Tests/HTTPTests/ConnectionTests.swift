import Foundation
import Testing

@testable import HTTP

/// What a connection is looked at for before a request goes out on it.
@Suite struct ConnectionTests {
  @Test(arguments: [Ending.close, .reset]) func bytesAreToldApartFromTheEnd(ending: Ending) throws {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    defer { close(ends[0]) }
    let connection = Connection(number: 1, descriptor: ends[0])
    #expect(connection.unread == .nothing)
    #expect(send(ends[1], "x", 1, 0) == 1)
    #expect(connection.unread == .bytes)
    var byte: UInt8 = 0
    if ending == .close { #expect(recv(ends[0], &byte, 1, 0) == 1) }
    // Closed with something unread, the other end says that it is reset.
    if ending == .reset { #expect(send(ends[0], "x", 1, 0) == 1) }
    close(ends[1])
    if ending == .reset {
      #expect(connection.unread == .bytes)
      #expect(recv(ends[0], &byte, 1, 0) == 1)
    }
    #expect(connection.unread == .end)
  }

  enum Ending { case close, reset }
}
