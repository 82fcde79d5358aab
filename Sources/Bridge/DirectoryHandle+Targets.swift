import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a file of a secret may replace, and what is said where it may not.
extension DirectoryHandle {
  /// The folder that was looked at, and no other that has its name by now.
  init(of target: SaveTarget) throws(FileProblem) {
    let opened = try FileProblem.mapping { () throws(SystemError) in try DirectoryHandle(target.folder) }
    guard opened.identity == target.folderIdentity else {
      throw FileProblem(.noFolder, "another folder is at this path now: \(target.folder)")
    }
    self = opened
  }

  /// An absent name may become a file; a regular file of ours may be replaced if that is allowed.
  func mayBecome(_ target: SaveTarget, overwrite: Bool) throws(FileProblem) {
    guard let found = try FileProblem.mapping({ () throws(SystemError) in try status(of: target.fileName) }) else { return }
    guard found.kind == .file else { throw FileProblem(.notAFile, "not a regular file but a link, folder, pipe or device: \(target.path)") }
    guard overwrite else { throw FileProblem(.exists, "a file exists already: \(target.path); set overwrite to replace it") }
    guard found.isOurs else { throw FileProblem(.notOurs, "the file belongs to somebody else: \(target.path)") }
  }

  /// Writes a temporary file beside the target. Returns its name.
  func stage(_ content: [UInt8], beside target: SaveTarget) throws(FileProblem) -> String {
    try FileProblem.mapping { () throws(SystemError) in try stage(content, for: target.fileName) }
  }

  /// Gives a staged file its name. Without `overwrite` a file that came in between wins. Returns the name under which a file that was
  /// replaced still stands; discard it, or withdraw what was published.
  func publish(_ staged: String, as target: SaveTarget, overwrite: Bool) throws(FileProblem) -> String? {
    if overwrite { try mayBecome(target, overwrite: true) }
    do throws(SystemError) { return try publish(staged, as: target.fileName, replacing: overwrite) } catch {
      if !overwrite, error.number == EEXIST { throw FileProblem(.exists, "a file was created meanwhile: \(target.path)") }
      throw FileProblem(error)
    }
  }
}

extension FileProblem {
  /// What an errno means to whoever chose the path.
  init(_ error: SystemError) {
    let reason: Reason =
      switch error.number {
      case EACCES, EPERM, EROFS: .permissions
      case ENOSPC, EDQUOT, EFBIG: .full
      case ENOENT, ENOTDIR: .noFolder
      case ENAMETOOLONG: .tooLong
      default: .io
      }
    self.init(reason, error.message)
  }

  /// Runs what a failing system call ends.
  static func mapping<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(FileProblem) -> Result {
    do throws(SystemError) { return try body() } catch { throw FileProblem(error) }
  }
}
