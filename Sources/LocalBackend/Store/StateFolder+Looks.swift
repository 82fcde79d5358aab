#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What is there, without reading it.
extension StateFolder {
  /// What tells one state of a file from the next, without reading it.
  struct Identity: Equatable {
    let inode: UInt64
    let size: Int64
    /// Microseconds since 1970.
    let modified: Int64

    /// Whether a later write must show in the time, however coarse the file system's clock is.
    func isSettled(_ now: Int64) -> Bool { now - modified > 2_000_000 }
  }

  /// Nil if there is no such file.
  static func identity(of path: String) -> Identity? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    return Identity(
      inode: UInt64(status.st_ino), size: Int64(status.st_size), modified: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// The accounts that have a file in resolver/, in order.
  func accountsWithClaims() throws(StoreProblem) -> [String] {
    try Self.names(in: resolver).filter { $0.hasSuffix(".jwt") && $0.utf8.count == 60 }.map { String($0.dropLast(4)) }.sorted()
  }

  /// What is in a folder, in no order.
  static func names(in folder: String) throws(StoreProblem) -> [String] {
    guard let entries = opendir(folder) else { throw problem("\(folder) cannot be read") }
    defer { closedir(entries) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(entries) else { break }
      names.append(withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    guard errno == 0 else { throw problem("\(folder) cannot be read") }
    return names
  }
}
