#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value under a lock, with one thread that sleeps until there is something in it.
///
/// `@unchecked Sendable`: the pointer to the condition never changes after init, and a condition is made for many threads.
package final class Monitor<Value>: @unchecked Sendable {
  private let locked: Locked<Value>
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init(_ initial: sending Value) {
    locked = Locked(initial)
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
    condition.deallocate()
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result { locked.withLock(body) }

  /// Changes the value and lets the sleeper look at it.
  package func change<Result>(_ body: (inout Value) -> Result) -> Result {
    let result = withLock(body)
    // Not under the lock: whoever wakes would only wait for it, which takes two more system calls.
    pthread_cond_signal(condition)
    return result
  }

  /// Sleeps until `take` gives something. It is asked at every change, and at the moment of `MonotonicClock` that `until` names; nil is never.
  package func wait<Result>(until moment: (Value) -> Int?, for take: (inout Value) -> Result?) -> Result {
    pthread_mutex_lock(locked.mutex)
    defer { pthread_mutex_unlock(locked.mutex) }
    while true {
      if let taken = take(&locked.value.pointee) { return taken }
      guard let moment = moment(locked.value.pointee) else {
        pthread_cond_wait(condition, locked.mutex)
        continue
      }
      #if canImport(Glibc)
        var time = timespec(tv_sec: moment / 1000, tv_nsec: moment % 1000 * 1_000_000)
        pthread_cond_timedwait(condition, locked.mutex, &time)
      #else
        let left = max(0, moment - MonotonicClock.milliseconds)
        var time = timespec(tv_sec: left / 1000, tv_nsec: left % 1000 * 1_000_000)
        pthread_cond_timedwait_relative_np(condition, locked.mutex, &time)
      #endif
    }
  }
}
