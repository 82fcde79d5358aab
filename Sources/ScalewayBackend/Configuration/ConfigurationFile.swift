import Credentials

#if canImport(Glibc)
  import Glibc
  private let systemRead = Glibc.read
#else
  import Darwin
  private let systemRead = Darwin.read
#endif

/// The bytes of the configuration file, and what is wrong with its mode.
struct ConfigurationFile {
  private static let largest = 1 << 20
  let bytes: [UInt8]
  /// Others may look into the file, and how that is mended.
  let warning: String?

  /// Never waits, whatever stands at the path: only a regular file of a sensible size is read.
  init(_ path: String) throws(CredentialsError) {
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { throw Self.unopened(path, errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw Self.problem(path, Self.words(errno)) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Self.problem(path, status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    bytes = try Self.read(file, path)
    warning = Self.warning(path, status.st_mode)
  }

  private static func read(_ file: Int32, _ path: String) throws(CredentialsError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = systemRead(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw problem(path, words(errno)) }
      guard count > 0 else { return bytes }
      bytes += chunk[..<count]
      guard bytes.count <= largest else { throw problem(path, "it is larger than 1 MiB") }
    }
  }

  private static func unopened(_ path: String, _ number: Int32) -> CredentialsError {
    number == ENOENT ? problem(path, "it is a link that leads nowhere") : problem(path, words(number))
  }

  private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }

  private static func problem(_ path: String, _ why: String) -> CredentialsError {
    CredentialsError(.notConfigured, "the configuration file \(path) cannot be read: \(why)")
  }

  private static func warning(_ path: String, _ mode: mode_t) -> String? {
    guard mode & 0o077 != 0 else { return nil }
    let digits = String(mode & 0o777, radix: 8)
    let padded = String(repeating: "0", count: 4 - digits.count) + digits
    return "others may look into \(path) (mode \(padded)); mend it with: chmod 600 \(quoted(path))"
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
