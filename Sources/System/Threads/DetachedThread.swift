#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A thread that does one thing from its beginning to its end. Every thread of the process but the first is begun here.
package enum DetachedThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  package static func begin(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    var thread = pthread_t(bitPattern: 0)
    let body = Unmanaged.passRetained(Body(body))
    let status = pthread_create(&thread, nil, Self.run, body.toOpaque())
    guard status == 0 else {
      body.release()
      throw SystemError("the system gives no more threads", status)
    }
    pthread_detach(thread)
  }

  #if canImport(Glibc)
    private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
      if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }
  #else
    private static let run: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { argument in
      Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }
  #endif
}
