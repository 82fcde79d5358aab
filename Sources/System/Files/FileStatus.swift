#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a look at a file or folder says, without reading it.
package struct FileStatus: Sendable {
  package enum Kind: Sendable { case file, folder, link, other }

  /// Which file it is, whatever its name.
  package struct Identity: Equatable, Sendable {
    package let device: UInt64
    package let number: UInt64
  }

  package let kind: Kind
  package let identity: Identity
  /// In bytes.
  package let size: Int64
  /// The permission bits, at most 0o7777.
  package let permissions: UInt32
  /// Microseconds since 1970 at the last write, as coarse as the clock of the file system.
  package let modified: Int64
  private let owner: uid_t

  /// Whether this process's user owns it.
  package var isOurs: Bool { owner == geteuid() }
  /// Whether nobody but the owner may look into it.
  package var isPrivate: Bool { permissions & 0o077 == 0 }

  /// What stands at a path, links not followed; nil if nothing does. `operation` is for people, such as "X cannot be examined".
  package static func at(_ path: String, or operation: String) throws(SystemError) -> FileStatus? {
    var status = stat()
    if lstat(path, &status) == 0 { return FileStatus(status) }
    if errno == ENOENT { return nil }
    throw SystemError(operation)
  }

  /// Whether something stands at a path, be it a link that leads nowhere. False also where nobody may look.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    identity = Identity(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino))
    size = Int64(status.st_size)
    permissions = UInt32(status.st_mode) & 0o7777
    owner = status.st_uid
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    modified = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }
}
