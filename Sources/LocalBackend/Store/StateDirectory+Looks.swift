import System

/// What is there, without reading it.
extension StateDirectory {
  /// What tells one state of a file from the next, without reading it.
  struct Identity: Equatable {
    let file: FileStatus.Identity
    let size: Int64
    /// Microseconds since 1970.
    let modified: Int64

    /// Whether a later write must show in the time, however coarse the file system's clock is.
    func isSettled(_ now: Int64) -> Bool { now - modified > 2_000_000 }
  }

  /// Nil if there is no such file.
  static func identity(of path: String) -> Identity? {
    do throws(SystemError) {
      guard let status = try FileStatus.at(path, or: "\(path) cannot be examined") else { return nil }
      return Identity(file: status.identity, size: status.size, modified: status.modified)
    } catch { return nil }
  }

  /// The accounts that have a file in resolver/, in order.
  func accountsWithClaims() throws(StoreProblem) -> [String] {
    try Self.names(in: resolver).filter { $0.hasSuffix(".jwt") && $0.utf8.count == 60 }.map { String($0.dropLast(4)) }.sorted()
  }

  /// What is in a folder, in no order.
  static func names(in folder: String) throws(StoreProblem) -> [String] {
    try StoreProblem.mapping { () throws(SystemError) in try FileSystem.names(in: folder, or: "\(folder) cannot be read") }
  }
}
