import CLibraries

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is taken from the system, as arguments: a test may set the clock back or repeat a draw.
package struct SystemInputs: Sendable {
  /// Microseconds since 1970, UTC; may go back.
  package let now: @Sendable () -> Int64
  /// So many bytes of the system's generator; nil if it has none to give.
  package let random: @Sendable (Int) -> [UInt8]?

  package init(now: @escaping @Sendable () -> Int64, random: @escaping @Sendable (Int) -> [UInt8]?) {
    self.now = now
    self.random = random
  }

  package static let real = SystemInputs(
    now: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    },
    random: { count in
      var bytes = [UInt8](repeating: 0, count: count)
      return ncb_random(&bytes, count) == 1 ? bytes : nil
    })
}
