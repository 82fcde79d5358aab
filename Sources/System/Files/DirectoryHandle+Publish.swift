import CLibraries

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file in two steps: staged, written whole under a name of its own; then published, given the name that it is for.
extension DirectoryHandle {
  /// Writes a temporary file, syncs it and reads it back. It is its owner's alone. Returns its name: publish or discard it.
  package func stage(_ content: [UInt8], for name: String) throws(SystemError) -> String {
    let staged = ".\(name).\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).tmp"
    let file = try open(staged, .create, or: "the file cannot be created")
    do throws(SystemError) {
      try file.write(content, or: "the file cannot be written")
      try file.sync(or: "the file cannot be synced to disk")
      guard file.holds(content) else { throw SystemError("the file does not hold what was written", 0) }
    } catch {
      discard(staged)
      throw error
    }
    return staged
  }

  /// Gives a staged file its name, durably. Unless it is `replacing`, a file that came in between wins, and the error is EEXIST. Returns the
  /// name under which a file that was replaced still stands; discard it, or withdraw what was published.
  package func publish(_ staged: String, as name: String, replacing: Bool) throws(SystemError) -> String? {
    var replaced: String?
    if replacing { replaced = try replace(name, by: staged) } else { try give(name, to: staged) }
    do throws(SystemError) { try sync(or: "the folder cannot be synced to disk") } catch {
      withdraw(name, replaced)
      throw error
    }
    return replaced
  }

  /// Takes a published file back: what it replaced stands there again, or nothing.
  package func withdraw(_ name: String, _ replaced: String?) {
    guard let replaced else { return discard(name) }
    _ = renameat(descriptor, replaced, descriptor, name)
  }

  private func give(_ name: String, to staged: String) throws(SystemError) {
    // A second name for the staged file, because a rename would replace what came in between.
    var number = linkat(descriptor, staged, descriptor, name, 0) == 0 ? 0 : errno
    if number == 0 { return discard(staged) }
    if Self.isNotOffered(number) {
      number = ncb_rename_without_replacing(descriptor, staged, name) == 0 ? 0 : errno
    }
    if Self.isNotOffered(number) { return try claim(name, for: staged) }
    guard number == 0 else { throw SystemError(Self.unnamed, number) }
  }

  private static let unnamed = "the file cannot be given its name"

  /// Where the file system has neither of these: making a name is what only one can do, and the staged file then goes over what is ours. A
  /// file that is put in place of ours wins, until the moment of the rename, which is the least that such a file system leaves open. A kill
  /// in between leaves an empty file.
  private func claim(_ name: String, for staged: String) throws(SystemError) {
    let file = try open(name, .create, or: Self.unnamed)
    guard isUntouched(file, name) else { throw SystemError(Self.unnamed, EEXIST) }
    guard renameat(descriptor, staged, descriptor, name) == 0 else {
      let error = SystemError(Self.unnamed)
      if isUntouched(file, name) { discard(name) }
      throw error
    }
  }

  /// Whether an empty file that is open stands there still, as it was made.
  private func isUntouched(_ file: borrowing OpenFile, _ name: String) -> Bool {
    do throws(SystemError) {
      let (ours, found) = (try file.status(or: Self.unnamed), try status(of: name))
      return ours.identity == found?.identity && found?.size == 0
    } catch { return false }
  }

  private func replace(_ name: String, by staged: String) throws(SystemError) -> String? {
    let replaced = try keep(name, as: staged + ".old")
    guard renameat(descriptor, staged, descriptor, name) == 0 else {
      let error = SystemError("the file cannot be renamed")
      if let replaced { discard(replaced) }
      throw error
    }
    return replaced
  }

  /// A second name for a file that is to be replaced; nil if there is none.
  private func keep(_ name: String, as kept: String) throws(SystemError) -> String? {
    if linkat(descriptor, name, descriptor, kept, 0) == 0 { return kept }
    if errno == ENOENT { return nil }
    guard Self.isNotOffered(errno) else { throw SystemError("the file that is to be replaced cannot be kept") }
    return try copy(name, as: kept)
  }

  /// The content of a file, where it cannot have a second name. A rename would do, too, but a kill would leave nothing at its place.
  private func copy(_ name: String, as kept: String) throws(SystemError) -> String? {
    let unread = "the file that is to be replaced cannot be read"
    do throws(SystemError) {
      let source = try open(name, .read, or: unread)
      try copy(source, as: kept, unread)
      return kept
    } catch {
      if error.number == ENOENT, error.operation == unread { return nil }
      throw error
    }
  }

  private func copy(_ source: borrowing OpenFile, as kept: String, _ unread: String) throws(SystemError) {
    let file = try open(kept, .create, or: "the file that is to be replaced cannot be copied")
    do throws(SystemError) {
      try source.copy(to: file, or: unread, writing: "the file cannot be written")
      try file.sync(or: "the copy of the file that is to be replaced cannot be synced to disk")
    } catch {
      discard(kept)
      throw error
    }
  }

  /// What file systems, and filters of system calls, say of what they do not have.
  private static func isNotOffered(_ number: Int32) -> Bool {
    [EPERM, EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP, EMLINK].contains(number)
  }
}
