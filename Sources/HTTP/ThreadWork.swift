#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a thread does from its beginning to its end.
final class ThreadWork: Sendable {
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// False if the system gives no thread.
  func begin() -> Bool {
    var thread = pthread_t(bitPattern: 0)
    let work = Unmanaged.passRetained(self)
    guard pthread_create(&thread, nil, runThreadWork, work.toOpaque()) == 0 else {
      work.release()
      return false
    }
    pthread_detach(thread)
    return true
  }

  fileprivate func run() { body() }
}

#if canImport(Glibc)
  private func runThreadWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
  }
#else
  private func runThreadWork(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }
#endif
