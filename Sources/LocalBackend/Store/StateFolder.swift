import Credentials
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder with everything the embedded backend keeps, for its owner's eyes only.
struct StateFolder {
  /// Absolute.
  let path: String
  let isWritable: Bool

  var database: String { path + "/store.db" }
  var resolver: String { path + "/resolver" }
  var configuration: String { path + "/nats-server.conf" }
  var operatorToken: String { path + "/operator.jwt" }
  /// Stands while a nats-server has not heard of some claims, so that a process that starts sees it by one `stat`.
  var pendingMark: String { path + "/pending" }
  func claims(of account: String) -> String { "\(resolver)/\(account).jwt" }

  /// Makes the folder, with its parents, if it is not there; refuses one that others can look into.
  init(_ given: String) throws(StoreProblem) {
    try Self.make(given)
    guard let resolved = realpath(given, nil) else { throw Self.problem("the state folder cannot be found") }
    path = String(cString: resolved)
    free(resolved)
    isWritable = access(path, W_OK) == 0 || errno != EROFS && errno != EACCES
    try Self.check(path, kind: S_IFDIR, fix: "chmod 700")
    if isWritable { try Self.make(path + "/resolver") }
    // Two of them come and go with whoever has the store open, also between two looks.
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
      try Self.check(path + "/" + file, kind: S_IFREG, fix: "chmod 600")
    }
  }

  private static func make(_ given: String) throws(StoreProblem) {
    var built = given.hasPrefix("/") ? "" : "."
    for part in given.split(separator: "/") {
      built += "/" + part
      if mkdir(built, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS || !exists(built) {
        throw problem("the state folder cannot be made")
      }
    }
  }

  /// Ours, of the right kind, and nobody else's to read. A file need not be there.
  private static func check(_ path: String, kind: mode_t, fix: String) throws(StoreProblem) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT, kind == S_IFREG { return }
      throw problem("\(path) cannot be looked at")
    }
    guard status.st_mode & S_IFMT == kind else { throw .storage(.permissions, "\(path) is a link or not what it should be; move it away") }
    guard status.st_uid == geteuid() else {
      throw .storage(.permissions, "\(path) belongs to another user; use --state with a folder of yours")
    }
    guard status.st_mode & 0o077 == 0 else { throw .storage(.permissions, "others may look into \(path); mend it with: \(fix) \(path)") }
  }

  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Makes an empty file for its owner alone if it is not there. SQLite would make it by the umask, and gives its other files this one's mode.
  /// One that is there is not opened: closing it would drop the locks SQLite holds on it in this process.
  func claim(_ path: String) throws(StoreProblem) {
    if Self.exists(path) { return }
    let file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("a file of the state folder cannot be made") }
    close(file)
  }

  /// Takes a file away; one that is gone already is no problem.
  func forget(_ path: String) { _ = unlink(path) }

  /// The bytes of a small file of ours; nil if it is not there. One that is there and cannot be read is a problem, never taken for absent.
  static func read(_ path: String) throws(StoreProblem) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    if file < 0, errno == ENOENT { return nil }
    guard file >= 0 else { throw problem("\(path) cannot be read") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = systemRead(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      // A process that ended while its file of /proc was read.
      if count < 0, errno == ESRCH { return nil }
      guard count >= 0 else { throw problem("\(path) cannot be read") }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }

  /// Replaces a file so that a reader, and a power cut, sees the old or the new one whole.
  func replace(_ path: String, with content: [UInt8]) throws(StoreProblem) {
    let temporary = path + ".tmp"
    // Left over by a kill; nobody else writes here while the lock is held.
    _ = unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("a file of the state folder cannot be made") }
    defer { close(file) }
    var written = 0
    while written < content.count {
      let count = content.withUnsafeBytes { systemWrite(file, $0.baseAddress?.advanced(by: written), content.count - written) }
      if count < 0, errno != EINTR { throw Self.problem("a file of the state folder cannot be written") }
      written += max(0, count)
    }
    guard fsync(file) == 0, rename(temporary, path) == 0 else { throw Self.problem("a file of the state folder cannot be replaced") }
    try Self.syncEntries(of: path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex).description)
  }

  private static func syncEntries(of path: String) throws(StoreProblem) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Self.problem("a folder cannot be synced") }
    defer { close(folder) }
    guard syncDirectory(folder) else { throw Self.problem("a folder cannot be synced") }
  }

  private static let reserveName = "/reserve"
  private var reserve: String { path + Self.reserveName }
  static let reserveBytes: off_t = 512 << 10

  var hasReserve: Bool { Self.exists(reserve) }

  /// What the file system has left; everything where it does not say.
  var freeBytes: Int64 {
    var space = statvfs()
    guard statvfs(path, &space) == 0 else { return .max }
    return Int64(clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue)
  }

  /// Space that is kept so that deleting works on a full disk. A disk that has little left simply keeps none.
  func keepReserve() {
    var status = stat()
    let isWhole = lstat(reserve, &status) == 0 && status.st_size >= Self.reserveBytes
    guard !isWhole, freeBytes >= 2 * Self.reserveBytes else { return }
    _ = unlink(reserve)
    let file = open(reserve, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    defer { close(file) }
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    // Written, not only declared: some file systems promise space they do not have.
    for _ in 0..<Self.reserveBytes / off_t(zeros.count) where systemWrite(file, zeros, zeros.count) != zeros.count {
      _ = unlink(reserve)
      return
    }
  }

  /// True if there was something to give up.
  static func spendReserve(of path: String) -> Bool { unlink(path + reserveName) == 0 }

  /// For a store that cannot even be opened, because its log needs room too: gives up a part, so that what is left is still for deleting.
  static func shrinkReserve(of path: String) -> Bool {
    let part: off_t = 128 << 10
    var status = stat()
    guard lstat(path + reserveName, &status) == 0, status.st_size > 2 * part else { return false }
    return truncate(path + reserveName, status.st_size - part) == 0
  }

  /// The right to push claims, which one process has at a time: of two, the older claims could come last and undo a revocation. Nil if another
  /// one still has it at the deadline. Closing the descriptor, or a kill, gives it back; the file stays for ever.
  func pushLock(_ deadline: Deadline) throws(StoreProblem) -> Int32? {
    let file = open(path + "/push.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("push.lock cannot be opened") }
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EINTR || errno == EWOULDBLOCK else {
        let problem = Self.problem("push.lock cannot be taken")
        close(file)
        throw problem
      }
      guard !deadline.isOver else {
        close(file)
        return nil
      }
      poll(nil, 0, 2)
    }
    return file
  }

  static func release(_ lock: Int32) { close(lock) }

  /// A bridge that is stopped while it writes a file must not hold up all others for ever. Longer than a change is awaited after its time, so
  /// that whoever only is slow is waited for.
  private static let lockMilliseconds = 17_000

  /// Makes the mark outlive a power cut, for an answer that relies on it.
  func syncMarks() throws(StoreProblem) { try Self.syncEntries(of: path) }

  /// Runs `body` while no other process writes derived files. A kill releases the lock; its file stays for ever.
  func whileLocked<Result>(_ body: () throws(StoreProblem) -> Result) throws(StoreProblem) -> Result {
    let file = open(path + "/files.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("the lock cannot be opened") }
    defer { close(file) }
    let deadline = Deadline(milliseconds: Self.lockMilliseconds)
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EINTR || errno == EWOULDBLOCK else { throw Self.problem("the lock cannot be taken") }
      guard !deadline.isOver else { throw .storage(.io, "another bridge holds files.lock and does not go on") }
      poll(nil, 0, 1)
    }
    return try body()
  }

  static func problem(_ what: String) -> StoreProblem {
    let number = errno
    return .storage(reason(number), "\(what): \(String(cString: strerror(number)))")
  }

  /// What an errno means to whoever must mend it.
  static func reason(_ number: Int32) -> StoreProblem.Reason {
    switch number {
    case ENOSPC, EDQUOT, EFBIG: .full
    case EROFS: .readOnly
    case EACCES, EPERM, ELOOP: .permissions
    default: .io
    }
  }
}

#if canImport(Glibc)
  private let systemRead = Glibc.read
  private let systemWrite = Glibc.write
#else
  private let systemRead = Darwin.read
  private let systemWrite = Darwin.write
#endif
