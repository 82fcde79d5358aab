import Credentials
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder with everything the embedded backend keeps, for its owner's eyes only.
struct StateDirectory {
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
    path = try StoreProblem.mapping { () throws(SystemError) in
      try FileSystem.makeDirectories(given, or: Self.unmade)
      return try FileSystem.realPath(of: given, or: "the state folder cannot be found")
    }
    isWritable = access(path, W_OK) == 0 || errno != EROFS && errno != EACCES
    try Self.check(path, kind: .folder, fix: "chmod 700")
    if isWritable {
      try StoreProblem.mapping { [path] () throws(SystemError) in try FileSystem.makeDirectories(path + "/resolver", or: Self.unmade) }
    }
    // Two of them come and go with whoever has the store open, also between two looks.
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
      try Self.check(path + "/" + file, kind: .file, fix: "chmod 600")
    }
  }

  private static let unmade = "the state folder cannot be created"

  /// Ours, of the right kind, and nobody else's to read. A file need not be there.
  private static func check(_ path: String, kind: FileStatus.Kind, fix: String) throws(StoreProblem) {
    let unseen = "\(path) cannot be examined"
    guard let status = try StoreProblem.mapping({ () throws(SystemError) in try FileStatus.at(path, or: unseen) }) else {
      if kind == .file { return }
      throw StoreProblem(SystemError(unseen, ENOENT))
    }
    guard status.kind == kind else { throw .storage(.permissions, "\(path) is a link or not what it should be; move it away") }
    guard status.isOurs else { throw .storage(.permissions, "\(path) belongs to another user; use --state with a folder of yours") }
    guard status.isPrivate else { throw .storage(.permissions, "\(path) is accessible to other users; fix with: \(fix) \(path)") }
  }

  static func exists(_ path: String) -> Bool { FileStatus.exists(path) }

  /// Makes an empty file for its owner alone if it is not there. SQLite would make it by the umask, and gives its other files this one's mode.
  /// One that is there is not opened: closing it would drop the locks SQLite holds on it in this process.
  func claim(_ path: String) throws(StoreProblem) {
    if Self.exists(path) { return }
    try StoreProblem.mapping { () throws(SystemError) in _ = try OpenFile(path, .createOrOpen, or: Self.subject + " cannot be created") }
  }

  /// Takes a file away; one that is gone already is no problem.
  func forget(_ path: String) { _ = unlink(path) }

  /// The bytes of a small file of ours; nil if it is not there. One that is there and cannot be read is a problem, never taken for absent.
  static func read(_ path: String) throws(StoreProblem) -> [UInt8]? {
    let unread = "\(path) cannot be read"
    do throws(SystemError) { return try OpenFile(path, .read, or: unread).read(or: unread) } catch {
      // The second: a process that ended while its file of /proc was read.
      if error.number == ENOENT || error.number == ESRCH { return nil }
      throw StoreProblem(error)
    }
  }

  private static let subject = "a file of the state folder"

  /// Replaces a file so that a reader, and a power cut, sees the old or the new one whole. Only while the lock is held.
  func replace(_ path: String, with content: [UInt8]) throws(StoreProblem) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    try StoreProblem.mapping { () throws(SystemError) in
      let folder = try DirectoryHandle(String(path[..<slash]), or: Self.subject + " cannot be created")
      try folder.replace(String(path[path.index(after: slash)...]), with: content, called: Self.subject)
    }
  }

  /// Makes the mark outlive a power cut, for an answer that relies on it.
  func syncMarks() throws(StoreProblem) {
    try StoreProblem.mapping { () throws(SystemError) in
      let unsynced = "a folder cannot be synced"
      try DirectoryHandle(path, or: unsynced).sync(or: unsynced)
    }
  }
}

extension StoreProblem {
  init(_ error: SystemError) { self = .storage(Self.reason(error.number), error.message) }

  /// Runs what a failing system call ends.
  static func mapping<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(StoreProblem) -> Result {
    do throws(SystemError) { return try body() } catch { throw StoreProblem(error) }
  }

  /// What an errno means to whoever must mend it.
  static func reason(_ number: Int32) -> Reason {
    switch number {
    case ENOSPC, EDQUOT, EFBIG: .full
    case EROFS: .readOnly
    case EACCES, EPERM, ELOOP: .permissions
    default: .io
    }
  }
}
