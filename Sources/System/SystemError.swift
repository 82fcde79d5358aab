#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A system call that failed: which errno, and what was being done, for people.
package struct SystemError: Error, Sendable {
  package let number: Int32
  /// Such as "the file cannot be made".
  package let operation: String

  /// `number` is the errno of the call that was just made, if none is given.
  package init(_ operation: String, _ number: Int32 = errno) {
    self.number = number
    self.operation = operation
  }

  /// What was being done, and the system's own words for why not.
  package var message: String { "\(operation): \(Self.words(number))" }

  /// The system's words for an errno.
  package static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}
