#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An open file or folder, closed with the value. `operation`, wherever it is an argument, is what is being done, for people: "the file
/// cannot be read".
package struct OpenFile: ~Copyable {
  package enum Mode: Sendable {
    /// For reading; a link is refused with ELOOP. No mode for reading waits, whatever stands there.
    case read
    /// The same, links followed.
    case readThroughLinks
    /// For reading and writing; a name that is taken, be it by a link, is refused with EEXIST.
    case create
    /// For writing; made if it is not there, never emptied; a link is refused with ELOOP.
    case createOrOpen
    /// For writing from the beginning; made or emptied, links followed.
    case overwrite
    case folder

    fileprivate var flags: Int32 {
      switch self {
      case .read: O_CLOEXEC | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
      case .readThroughLinks: O_CLOEXEC | O_RDONLY | O_NONBLOCK | O_NOCTTY
      case .create: O_CLOEXEC | O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW
      case .createOrOpen: O_CLOEXEC | O_RDWR | O_CREAT | O_NOFOLLOW
      case .overwrite: O_CLOEXEC | O_WRONLY | O_CREAT | O_TRUNC
      case .folder: O_CLOEXEC | O_RDONLY | O_DIRECTORY
      }
    }
  }

  package let descriptor: Int32

  /// `permissions`, less the umask, are those of a file that is made.
  package init(_ path: String, _ mode: Mode, permissions: UInt32 = 0o600, or operation: String) throws(SystemError) {
    try self.init(open(path, mode.flags, mode_t(permissions)), operation)
  }

  /// As the other, with a name inside an open folder.
  init(_ name: String, in folder: borrowing OpenFile, _ mode: Mode, or operation: String) throws(SystemError) {
    try self.init(openat(folder.descriptor, name, mode.flags, 0o600), operation)
  }

  private init(_ opened: Int32, _ operation: String) throws(SystemError) {
    guard opened >= 0 else { throw SystemError(operation) }
    descriptor = opened
  }

  deinit { close(descriptor) }

  package func status(or operation: String) throws(SystemError) -> FileStatus {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError(operation) }
    return FileStatus(status)
  }

  /// Everything from here to the end; EFBIG if that is more than `limit` bytes.
  package func read(atMost limit: Int = .max, or operation: String) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachChunk(or: operation) { chunk throws(SystemError) in
      bytes += chunk
      guard bytes.count <= limit else { throw SystemError(operation, EFBIG) }
    }
    return bytes
  }

  /// Writes everything from here to the end of this file into the other. `writing` is the operation of the other half.
  package func copy(to other: borrowing OpenFile, or operation: String, writing: String) throws(SystemError) {
    let target = other.descriptor
    try forEachChunk(or: operation) { chunk throws(SystemError) in try Self.write(chunk, to: target, or: writing) }
  }

  private func forEachChunk(or operation: String, _ body: (ArraySlice<UInt8>) throws(SystemError) -> Void) throws(SystemError) {
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = systemRead(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(operation) }
      if count == 0 { return }
      try body(chunk[..<count])
    }
  }

  /// Writes all of it. What was written before a failure stands there.
  package func write(_ content: [UInt8], or operation: String) throws(SystemError) {
    try Self.write(content[...], to: descriptor, or: operation)
  }

  private static func write(_ content: ArraySlice<UInt8>, to descriptor: Int32, or operation: String) throws(SystemError) {
    var left = content
    while !left.isEmpty {
      let count = left.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        left = left.dropFirst(count)
      } else if count == 0 || errno != EINTR {
        throw SystemError(operation)
      }
    }
  }

  /// Returns once the content would survive a power cut.
  package func sync(or operation: String) throws(SystemError) {
    guard fsync(descriptor) == 0 else { throw SystemError(operation) }
  }

  /// Whether this, from its beginning to its end, is what the file holds. Moves no position.
  func holds(_ content: [UInt8]) -> Bool {
    var readBack = [UInt8](repeating: 0, count: content.count + 1)
    let count = pread(descriptor, &readBack, readBack.count, 0)
    return count == content.count && readBack.prefix(count).elementsEqual(content)
  }
}

#if canImport(Glibc)
  private let systemRead = Glibc.read
  private let systemWrite = Glibc.write
#else
  private let systemRead = Darwin.read
  private let systemWrite = Darwin.write
#endif
