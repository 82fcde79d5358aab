#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A value under a lock. Every lock of ours is this one or a `Monitor`, and none is a `Synchronization.Mutex`: the thread sanitizer does not
/// see that one here, and takes what it guards for a race, or overlooks one. A single flag may be an `Atomic`.
///
/// `@unchecked Sendable`: the two pointers never change after init, and the value is touched only under the mutex.
package final class Locked<Value>: @unchecked Sendable {
  /// For `Monitor`, which waits with it.
  let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  package init(_ initial: sending Value) {
    value.initialize(to: initial)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    value.deinitialize(count: 1)
    value.deallocate()
    mutex.deallocate()
  }

  package func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}
