#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value under a lock. Not a `Mutex`: the thread sanitizer does not see that one here, and this is what it shall watch.
///
/// `@unchecked Sendable`: the two pointers never change after init, and the value is touched only under the lock.
final class Locked<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  init(_ initial: sending Value) {
    value.initialize(to: initial)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    value.deinitialize(count: 1)
    value.deallocate()
    mutex.deallocate()
  }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value.pointee)
  }
}
