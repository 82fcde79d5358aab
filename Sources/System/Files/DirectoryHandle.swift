#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder held open while files are written in it: whoever swaps its path for a link meanwhile changes nothing. Names are of files
/// directly inside it. Closed with the value.
package struct DirectoryHandle: ~Copyable {
  package let identity: FileStatus.Identity
  let file: OpenFile
  var descriptor: Int32 { file.descriptor }

  package init(_ path: String, or operation: String = "the folder cannot be opened") throws(SystemError) {
    let opened = try OpenFile(path, .folder, or: operation)
    identity = try opened.status(or: "the folder cannot be examined").identity
    file = opened
  }

  /// What stands at a name, links not followed; nil if nothing does.
  package func status(of name: String) throws(SystemError) -> FileStatus? {
    var status = stat()
    if fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 { return FileStatus(status) }
    if errno == ENOENT { return nil }
    throw SystemError("the file cannot be examined")
  }

  package func open(_ name: String, _ mode: OpenFile.Mode, or operation: String) throws(SystemError) -> OpenFile {
    try OpenFile(name, in: file, mode, or: operation)
  }

  /// Takes a name away; one that is gone already is no problem.
  package func discard(_ name: String) { _ = unlinkat(descriptor, name, 0) }

  /// Replaces a file, or makes it, so that a reader, and a power cut, sees the old or the new one whole. It is its owner's alone. Whoever
  /// calls makes sure that nobody else replaces it at the same time. `subject` is what errors call it: "the file".
  package func replace(_ name: String, with content: [UInt8], called subject: String) throws(SystemError) {
    let temporary = name + ".tmp"
    // Left over by a kill.
    discard(temporary)
    let file = try open(temporary, .create, or: "\(subject) cannot be created")
    try file.write(content, or: "\(subject) cannot be written")
    try file.sync(or: "\(subject) cannot be replaced")
    guard renameat(descriptor, temporary, descriptor, name) == 0 else { throw SystemError("\(subject) cannot be replaced") }
    try sync(or: "a folder cannot be synced")
  }

  /// Returns once the names inside would survive a power cut. Some file systems (shares of a virtual machine, older CIFS, FUSE) cannot sync
  /// a folder and say EINVAL or ENOTSUP: there is nothing more to do there, and nothing failed.
  package func sync(or operation: String) throws(SystemError) {
    guard fsync(descriptor) == 0 || [EINVAL, ENOTSUP, EOPNOTSUPP].contains(errno) else { throw SystemError(operation) }
  }
}
