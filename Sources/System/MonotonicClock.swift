#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The clock that never goes back, and goes on while nobody looks. The only one that waits and deadlines are counted on.
package enum MonotonicClock {
  /// Milliseconds since some moment of the past.
  package static var milliseconds: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
