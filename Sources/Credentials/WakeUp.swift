#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A flag one thread sleeps on and any thread raises. Raised twice before it is seen, it wakes once.
///
/// `@unchecked Sendable`: the three pointers never change after init, and what they point to is touched only under the mutex.
final class WakeUp: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let raised = UnsafeMutablePointer<Bool>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    #if canImport(Glibc)
      // The clock that never goes back. Darwin has no such attribute, but a wait that is relative.
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    #else
      pthread_cond_init(condition, nil)
    #endif
    raised.initialize(to: false)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    condition.deallocate()
    raised.deallocate()
  }

  func signal() {
    pthread_mutex_lock(mutex)
    raised.pointee = true
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Sleeps until the flag is raised, or until the given moment of `now`; nil sleeps for ever.
  func wait(until moment: Int? = nil) {
    pthread_mutex_lock(mutex)
    while !raised.pointee {
      guard let moment else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      if moment <= Self.now { break }
      #if canImport(Glibc)
        var time = timespec(tv_sec: moment / 1000, tv_nsec: moment % 1000 * 1_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
      #else
        let left = moment - Self.now
        var time = timespec(tv_sec: left / 1000, tv_nsec: left % 1000 * 1_000_000)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
      #endif
    }
    raised.pointee = false
    pthread_mutex_unlock(mutex)
  }

  /// Milliseconds of the clock that never goes back.
  static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
