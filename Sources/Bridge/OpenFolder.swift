#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder held open while files are written in it: whoever swaps its path for a link meanwhile changes nothing. First a draft is written,
/// then it gets its name.
struct OpenFolder {
  /// Which folder it is, whatever its name.
  struct Identity: Equatable {
    let device: dev_t
    let number: ino_t
  }

  let identity: Identity
  let descriptor: Int32

  init(_ path: String) throws(FileProblem) {
    descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.problem("the folder cannot be opened") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let problem = Self.problem("the folder cannot be looked at")
      _ = systemClose(descriptor)
      throw problem
    }
    identity = Identity(device: status.st_dev, number: status.st_ino)
  }

  /// The folder that was looked at, and no other that has its name by now.
  init(of target: SaveTarget) throws(FileProblem) {
    try self.init(target.folder)
    guard identity == target.folderIdentity else {
      close()
      throw FileProblem(.noFolder, "another folder stands at this path by now: \(target.folder)")
    }
  }

  func close() { _ = systemClose(descriptor) }

  /// An absent name may become a file; a regular file of ours may be replaced if that is allowed.
  func mayBecome(_ target: SaveTarget, overwrite: Bool) throws(FileProblem) {
    var status = stat()
    guard fstatat(descriptor, target.fileName, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return }
      throw Self.problem("the file cannot be looked at")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileProblem(.notAFile, "a link, folder, pipe or device stands at \(target.path)")
    }
    guard overwrite else { throw FileProblem(.exists, "a file exists already: \(target.path); set overwrite to replace it") }
    guard status.st_uid == geteuid() else { throw FileProblem(.notOurs, "the file belongs to somebody else: \(target.path)") }
  }

  /// Writes a temporary file beside the target, syncs it and reads it back. Gives its name.
  func draft(_ content: [UInt8], beside target: SaveTarget) throws(FileProblem) -> String {
    let name = ".\(target.fileName).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    let file = openat(descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("the file cannot be made") }
    defer { _ = systemClose(file) }
    do throws(FileProblem) {
      try write(content, to: file)
      guard fsync(file) == 0 else { throw Self.problem("the file cannot be synced to disk") }
      var readBack = [UInt8](repeating: 0, count: content.count + 1)
      let count = pread(file, &readBack, readBack.count, 0)
      guard count == content.count, readBack.prefix(count).elementsEqual(content) else {
        throw FileProblem(.io, "the file does not hold what was written")
      }
    } catch {
      discard(name)
      throw error
    }
    return name
  }

  func write(_ content: [UInt8], to file: Int32) throws(FileProblem) {
    var written = 0
    while written < content.count {
      let count = content.withUnsafeBytes { systemWrite(file, $0.baseAddress?.advanced(by: written), content.count - written) }
      if count > 0 {
        written += count
      } else if count == 0 || errno != EINTR {
        throw Self.problem("the file cannot be written")
      }
    }
  }

  /// Takes a name away; one that is gone already is no problem.
  func discard(_ name: String) { _ = unlinkat(descriptor, name, 0) }

  static func problem(_ what: String, _ number: Int32 = errno) -> FileProblem {
    let reason: FileProblem.Reason =
      switch number {
      case EACCES, EPERM, EROFS: .permissions
      case ENOSPC, EDQUOT, EFBIG: .full
      case ENOENT, ENOTDIR: .noFolder
      case ENAMETOOLONG: .tooLong
      default: .io
      }
    return FileProblem(reason, "\(what): \(String(cString: strerror(number)))")
  }
}

#if canImport(Glibc)
  private let systemClose = Glibc.close
  private let systemWrite = Glibc.write
#else
  private let systemClose = Darwin.close
  private let systemWrite = Darwin.write
#endif
