import Testing

@testable import LocalBackend

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ListenersTests {
  #if canImport(Glibc)
    /// Others on the machine may begin to listen between two looks, so one equal pair of many is what shows that looks agree.
    @Test func whoeverBeginsToListenIsSeen() throws {
      #expect((0..<100).contains { _ in Listeners().areSame(as: Listeners()) })
      let before = Listeners()
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      try #require(socket >= 0 && listen(socket, 1) == 0)
      let during = Listeners()
      #expect(!during.areSame(as: before))
      close(socket)
      #expect(!Listeners().areSame(as: during))
    }
  #endif

  @Test func nothingIsKnownBeforeTheFirstLook() { #expect(!Listeners().areSame(as: nil)) }
}
