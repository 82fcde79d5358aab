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
    pthread_cond_init(condition, nil)
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

  func wait() {
    pthread_mutex_lock(mutex)
    while !raised.pointee { pthread_cond_wait(condition, mutex) }
    raised.pointee = false
    pthread_mutex_unlock(mutex)
  }
}
