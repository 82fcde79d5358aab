#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is done with paths.
package enum FileSystem {
  /// The absolute path without links, "." and "..".
  package static func realPath(of path: String, or operation: String) throws(SystemError) -> String {
    guard let resolved = realpath(path, nil) else { throw SystemError(operation) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes a folder with its parents where they are not there, for their owner alone. A relative path begins at the working folder. What
  /// stands there already stays as it is, and need not be a folder: whoever opens it sees.
  package static func makeDirectories(_ path: String, or operation: String) throws(SystemError) {
    var built = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      built += "/" + part
      // A medium that cannot be written may say so before it says that the folder is there.
      if mkdir(built, 0o700) != 0, errno != EEXIST, errno != EISDIR, errno != EROFS || !FileStatus.exists(built) {
        throw SystemError(operation)
      }
    }
  }

  /// The names in a folder, in no order, "." and ".." among them.
  package static func names(in folder: String, or operation: String) throws(SystemError) -> [String] {
    guard let entries = opendir(folder) else { throw SystemError(operation) }
    defer { closedir(entries) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(entries) else { break }
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    guard errno == 0 else { throw SystemError(operation) }
    return names
  }
}
