import Credentials
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the configuration file is.
struct ConfigurationPath {
  /// The file to be read; nil if there is none, which is only where nobody named one.
  let path: String?
  /// What was looked at, for messages.
  let lookedAt: String

  init(_ environment: ScalewayEnvironment) throws(CredentialsError) {
    if let named = environment.filled(ScalewayEnvironment.configurationPath) {
      guard try Self.isThere(named) else {
        throw CredentialsError(
          .notConfigured, "SCW_CONFIG_PATH names \(named), which does not exist: fix the path, or unset the variable")
      }
      (path, lookedAt) = (named, named)
      return
    }
    guard let folder = Self.folder(environment) else {
      (path, lookedAt) = (nil, "SCW_CONFIG_PATH names no file, and neither XDG_CONFIG_HOME nor HOME is an absolute path")
      return
    }
    let candidates = ["config.yaml", "config.yml"].map { folder + "/scw/" + $0 }
    lookedAt = "looked at \(candidates.joined(separator: " and "))"
    for candidate in candidates where try Self.isThere(candidate) {
      path = candidate
      return
    }
    path = nil
  }

  /// A relative folder does not count, as the XDG specification says.
  private static func folder(_ environment: ScalewayEnvironment) -> String? {
    func absolute(_ variable: String) -> String? { environment.filled(variable).flatMap { $0.hasPrefix("/") ? $0 : nil } }
    return absolute("XDG_CONFIG_HOME") ?? absolute("HOME").map { $0 + "/.config" }
  }

  /// Also where a link leads nowhere: somebody meant something by it. Where nobody may look, a file might be.
  private static func isThere(_ path: String) throws(CredentialsError) -> Bool {
    do throws(SystemError) { return try FileStatus.at(path, or: "\(path) cannot be examined") != nil } catch {
      if error.number == ENOTDIR { return false }
      throw CredentialsError(.notConfigured, "\(error.message); set SCW_CONFIG_PATH to a file of yours")
    }
  }
}
