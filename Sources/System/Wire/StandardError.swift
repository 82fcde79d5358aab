import CLibraries

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Lines on stderr from a place that has no log: before one is made, and at the very end.
package enum StandardError {
  /// One line, "PROGRAM: message", whatever is in the message. A stderr that nobody reads loses it rather than block the program.
  package static func write(_ message: String, of program: String) { write(line: "\(program): \(escaped(message))") }

  /// A line that is printable already.
  package static func write(line text: String) {
    var line = Array("\(text)\n".utf8)[...]
    var poller = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
    while !line.isEmpty, poll(&poller, 1, 200) == 1 {
      // After POLLOUT a pipe takes so many bytes without blocking.
      let count = line.prefix(NonblockingOutput.leastRoom).withUnsafeBytes { systemWrite(2, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      line = line.dropFirst(count)
    }
  }

  /// As the program was called.
  package static var programName: String { String(cString: ncb_program_name()) }

  /// Whatever is no printable ASCII, written out: a line stays one line, and a terminal obeys nobody.
  package static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    return text.unicodeScalars.map { 0x20..<0x7F ~= $0.value ? String($0) : "\\u{\(String($0.value, radix: 16))}" }.joined()
  }
}

#if canImport(Glibc)
  private let systemWrite = Glibc.write
#else
  private let systemWrite = Darwin.write
#endif
