#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A system call that failed: which errno, and what was being done, for people. Whoever calls turns it into an error of its own.
package struct SystemError: Error, Sendable {
  /// 0 where the system reported nothing, and what it did was wrong all the same.
  package let number: Int32
  /// Such as "the file cannot be created".
  package let operation: String

  /// `number` is the errno of the call that was just made, if none is given.
  package init(_ operation: String, _ number: Int32 = errno) {
    self.number = number
    self.operation = operation
  }

  /// What was being done, and the system's own words for why not.
  package var message: String { number == 0 ? operation : "\(operation): \(Self.words(number))" }

  /// The system's words for an errno.
  package static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}
