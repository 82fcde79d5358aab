import JSON

extension CredentialsError {
  /// A library that is not installed; `reason` is what the dynamic loader said.
  package static func libraryMissing(_ library: String, package: String, reason: String) -> CredentialsError {
    CredentialsError(
      .libraryMissing, "\(library) is not on this machine (Debian's package is \(package)): \(reason)",
      details: [JSONMember("library", .string(library)), JSONMember("package", .string(package))])
  }

  /// A library that is there and of no use: installing its package fixes nothing. `path` is where it is, nil if that is not known; `reason` is
  /// what the dynamic loader or the library itself said.
  package static func libraryUnusable(_ library: String, path: String?, reason: String) -> CredentialsError {
    CredentialsError(
      .libraryUnusable, path == nil ? "\(library) cannot be opened: \(reason)" : "\(library) is there and cannot be used: \(reason)",
      details: [JSONMember("library", .string(library)), JSONMember("path", path.map { .string($0) } ?? .null)])
  }
}
