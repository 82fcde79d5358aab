import CLibraries
import Credentials
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension OpenFolder {
  /// Gives a draft its name, durably. Without `overwrite` a file that came in between wins. Gives the name under which a file that was
  /// replaced still stands; discard it, or withdraw what was published.
  func publish(_ draft: String, as target: SaveTarget, overwrite: Bool) throws(FileProblem) -> String? {
    var replaced: String?
    if overwrite { replaced = try replace(target, by: draft) } else { try name(draft, target) }
    guard syncDirectory(descriptor) else {
      let problem = Self.problem("the folder cannot be synced to disk")
      withdraw(target, replaced)
      throw problem
    }
    return replaced
  }

  /// Takes a published file back: what it replaced stands there again, or nothing.
  func withdraw(_ target: SaveTarget, _ replaced: String?) {
    guard let replaced else { return discard(target.fileName) }
    _ = renameat(descriptor, replaced, descriptor, target.fileName)
  }

  private func name(_ draft: String, _ target: SaveTarget) throws(FileProblem) {
    // A second name for the draft, because a rename would replace what came in between.
    var number = linkat(descriptor, draft, descriptor, target.fileName, 0) == 0 ? 0 : errno
    if number == 0 { return discard(draft) }
    if Self.isNotOffered(number) {
      number = ncb_rename_without_replacing(descriptor, draft, target.fileName) == 0 ? 0 : errno
    }
    if Self.isNotOffered(number) { return try claim(target, for: draft) }
    guard number == 0 else { throw Self.unnamed(target, number) }
  }

  /// Where the file system has neither of these: making a name is what only one can do, and the draft then goes over what is ours. A file
  /// that is put in place of ours wins, until the moment of the rename, which is the least that such a file system leaves open. A kill in
  /// between leaves an empty file.
  private func claim(_ target: SaveTarget, for draft: String) throws(FileProblem) {
    let file = openat(descriptor, target.fileName, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.unnamed(target, errno) }
    defer { _ = systemClose(file) }
    guard isUntouched(file, target) else { throw Self.unnamed(target, EEXIST) }
    guard renameat(descriptor, draft, descriptor, target.fileName) == 0 else {
      let problem = Self.unnamed(target, errno)
      if isUntouched(file, target) { discard(target.fileName) }
      throw problem
    }
  }

  /// Whether an empty file that is open stands there still, as it was made.
  private func isUntouched(_ file: Int32, _ target: SaveTarget) -> Bool {
    var (ours, found) = (stat(), stat())
    return fstat(file, &ours) == 0 && fstatat(descriptor, target.fileName, &found, AT_SYMLINK_NOFOLLOW) == 0
      && ours.st_dev == found.st_dev && ours.st_ino == found.st_ino && found.st_size == 0
  }

  private func replace(_ target: SaveTarget, by draft: String) throws(FileProblem) -> String? {
    try mayBecome(target, overwrite: true)
    let replaced = try keep(target, as: draft + ".old")
    guard renameat(descriptor, draft, descriptor, target.fileName) == 0 else {
      let problem = Self.problem("the file cannot be renamed")
      if let replaced { discard(replaced) }
      throw problem
    }
    return replaced
  }

  /// A second name for a file that is to be replaced; nil if there is none.
  private func keep(_ target: SaveTarget, as name: String) throws(FileProblem) -> String? {
    if linkat(descriptor, target.fileName, descriptor, name, 0) == 0 { return name }
    if errno == ENOENT { return nil }
    guard Self.isNotOffered(errno) else { throw Self.problem("the file that is to be replaced cannot be kept") }
    return try copy(target, as: name)
  }

  /// The content of a file, where it cannot have a second name. A rename would do, too, but a kill would leave nothing at its place.
  private func copy(_ target: SaveTarget, as name: String) throws(FileProblem) -> String? {
    let source = openat(descriptor, target.fileName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if source < 0, errno == ENOENT { return nil }
    guard source >= 0 else { throw Self.problem("the file that is to be replaced cannot be read") }
    defer { _ = systemClose(source) }
    let file = openat(descriptor, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.problem("the file that is to be replaced cannot be copied") }
    defer { _ = systemClose(file) }
    do throws(FileProblem) {
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = systemRead(source, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw Self.problem("the file that is to be replaced cannot be read") }
        if count == 0 { break }
        try write(Array(chunk[..<count]), to: file)
      }
      guard fsync(file) == 0 else { throw Self.problem("the copy of the file that is to be replaced cannot be synced to disk") }
    } catch {
      discard(name)
      throw error
    }
    return name
  }

  /// What file systems, and filters of system calls, say of what they do not have.
  private static func isNotOffered(_ number: Int32) -> Bool {
    [EPERM, EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP, EMLINK].contains(number)
  }

  private static func unnamed(_ target: SaveTarget, _ number: Int32) -> FileProblem {
    if number == EEXIST { return FileProblem(.exists, "a file came into being meanwhile: \(target.path)") }
    return problem("the file cannot be given its name", number)
  }
}

#if canImport(Glibc)
  private let systemClose = Glibc.close
  private let systemRead = Glibc.read
#else
  private let systemClose = Darwin.close
  private let systemRead = Darwin.read
#endif
