#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The wire on descriptors of its own, out of the way of stray prints.
struct StandardStreams {
  let input: Int32
  let output: Int32
  let errors: Int32
  /// A log line would stand between answers.
  let logIsWire: Bool

  /// Moves stdin and stdout to private close-on-exec descriptors, points 1 at stderr and 0 at /dev/null. Nil, with `errno`, if the system
  /// has no descriptors to give.
  static func moveWire() -> StandardStreams? {
    let input = fcntl(0, F_DUPFD_CLOEXEC, 3)
    let output = fcntl(1, F_DUPFD_CLOEXEC, 3)
    let errors = fcntl(2, F_DUPFD_CLOEXEC, 3)
    guard input >= 0, output >= 0, errors >= 0 else { return nil }
    let logIsWire = isSameFile(output, errors) && isatty(output) == 0
    dup2(2, 1)
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    // Without it, in a root that has no devices, 0 stays what it is; nothing reads it.
    if null >= 0 {
      dup2(null, 0)
      close(null)
    }
    return StandardStreams(input: input, output: output, errors: errors, logIsWire: logIsWire)
  }

  /// Before anything else is opened, which would take a closed standard descriptor's number and be written to.
  static func fillClosed() {
    while true {
      let null = open("/dev/null", O_RDWR)
      guard (0...2).contains(null) else {
        if null > 2 { close(null) }
        return
      }
    }
  }

  private static func isSameFile(_ one: Int32, _ other: Int32) -> Bool {
    var (first, second) = (stat(), stat())
    guard fstat(one, &first) == 0, fstat(other, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino && first.st_mode & S_IFMT != S_IFCHR
  }
}
