import Credentials
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes of the configuration file, and what is wrong with its mode.
struct ConfigurationFile {
  private static let largest = 1 << 20
  let bytes: [UInt8]
  /// That the file is accessible to other users, and how to fix that.
  let warning: String?

  /// Never waits, whatever stands at the path: only a regular file of a sensible size is read.
  init(_ path: String) throws(CredentialsError) {
    do throws(SystemError) { (bytes, warning) = try Self.read(path) } catch {
      let why =
        switch error.number {
        case 0: error.operation
        case ENOENT: "it is a link that leads nowhere"
        case EFBIG: "it is larger than 1 MiB"
        default: SystemError.words(error.number)
        }
      throw CredentialsError(.notConfigured, "the configuration file \(path) cannot be read: \(why)")
    }
  }

  private static func read(_ path: String) throws(SystemError) -> (bytes: [UInt8], warning: String?) {
    let file = try OpenFile(path, .readThroughLinks, or: "it cannot be opened")
    let status = try file.status(or: "it cannot be examined")
    guard status.kind == .file else { throw SystemError(status.kind == .folder ? "it is a folder" : "it is not a regular file", 0) }
    return (try file.read(atMost: largest, or: "it cannot be read"), warning(path, status))
  }

  private static func warning(_ path: String, _ status: FileStatus) -> String? {
    guard !status.isPrivate else { return nil }
    let digits = String(status.permissions & 0o777, radix: 8)
    let padded = String(repeating: "0", count: 4 - digits.count) + digits
    return "\(path) is accessible to other users (mode \(padded)); fix with: chmod 600 \(quoted(path))"
  }

  /// As a shell takes it.
  private static func quoted(_ path: String) -> String {
    let isHarmless = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: "/._-+@".utf8.contains(byte)
      }
    }
    if isHarmless, !path.hasPrefix("-") { return path }
    return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
