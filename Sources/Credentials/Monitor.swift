#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value under a lock, with one thread that sleeps until there is something in it. Not a `Mutex` and a flag: two locks would be one too
/// many, and the thread sanitizer knows this one on every system.
///
/// `@unchecked Sendable`: the three pointers never change after init, and the value is touched only under the mutex.
package final class Monitor<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  package init(_ initial: sending Value) {
    value.initialize(to: initial)
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
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    value.deinitialize(count: 1)
    value.deallocate()
    mutex.deallocate()
    condition.deallocate()
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value.pointee)
  }

  /// Changes the value and lets the sleeper look at it.
  package func change<Result>(_ body: (inout Value) -> Result) -> Result {
    withLock { value in
      defer { pthread_cond_signal(condition) }
      return body(&value)
    }
  }

  /// Sleeps until `take` gives something. It is asked at every change, and at the moment of `now` that `until` names; nil is never.
  package func wait<Result>(until moment: (Value) -> Int?, for take: (inout Value) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let taken = take(&value.pointee) { return taken }
      guard let moment = moment(value.pointee) else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      #if canImport(Glibc)
        var time = timespec(tv_sec: moment / 1000, tv_nsec: moment % 1000 * 1_000_000)
        pthread_cond_timedwait(condition, mutex, &time)
      #else
        let left = max(0, moment - monotonicMilliseconds())
        var time = timespec(tv_sec: left / 1000, tv_nsec: left % 1000 * 1_000_000)
        pthread_cond_timedwait_relative_np(condition, mutex, &time)
      #endif
    }
  }
}

/// Of the clock that never goes back.
package func monotonicMilliseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}
