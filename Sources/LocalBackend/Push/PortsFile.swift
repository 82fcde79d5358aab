import JSON
import NATSClient

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a nats-server of this machine says it listens on: `PROGRAM_PID.ports`, which it writes into `ports_file_dir` and removes at an
/// orderly end. A hint: after a kill it stays, so it counts only while its process can be the one that wrote it.
struct PortsFile {
  let path: String
  /// `host:port`, each as a number; of client connections only.
  let addresses: [String]
  /// Whether the process runs, is called as the file says, and began before the file was written.
  let isLive: Bool

  private static let longest = 64 << 10
  /// A process's beginning is known to a tick, a file's time to the file system's grain.
  private static let grain: Double = 2

  /// Those of a folder, in no order.
  static func all(in folder: String) throws(StoreProblem) -> [PortsFile] {
    var files: [PortsFile] = []
    for name in try StateDirectory.names(in: folder) where name.hasSuffix(".ports") {
      if let file = try PortsFile(folder, name) { files.append(file) }
    }
    return files
  }

  private init?(_ folder: String, _ name: String) throws(StoreProblem) {
    path = folder + "/" + name
    let stem = name.dropLast(".ports".count)
    guard let cut = stem.lastIndex(of: "_"), let process = Int32(stem[stem.index(after: cut)...]), process > 0 else { return nil }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.longest else { return nil }
    // Removed by its server since the folder was read.
    guard let json = try StateDirectory.read(path) else { return nil }
    addresses = Self.addresses(json)
    isLive = try Self.runs(process, called: stem[..<cut], since: Self.seconds(status))
  }

  private static func addresses(_ json: [UInt8]) -> [String] {
    let urls = JSONSlice(parsing: json)?.value["nats"]?.array?.compactMap(\.string) ?? []
    return urls.prefix(64).compactMap { url -> String? in
      do throws(NATSAddress.Malformed) { return try NATSAddress(parsing: url).listen } catch { return nil }
    }
  }

  #if canImport(Glibc)
    private static func seconds(_ status: stat) -> Double { Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9 }

    private static func runs(_ process: Int32, called program: Substring, since written: Double) throws(StoreProblem) -> Bool {
      // Whose processes are hidden from us, or all of them where /proc is not mounted, may be the one.
      guard let bytes = try StateDirectory.read("/proc/\(process)/stat"), let booted = try bootTime else { return exists(process) }
      // "PID (COMMAND) STATE …": the command may hold anything, so what follows is counted from its last parenthesis.
      let text = String(decoding: bytes, as: UTF8.self)
      guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return false }
      let rest = text[text.index(after: close)...].split(separator: " ")
      // The kernel keeps 15 bytes of a command's name. A zombie listens to nobody.
      guard text[text.index(after: open)..<close].utf8.elementsEqual(program.utf8.prefix(15)), rest.count > 19, rest[0] != "Z",
        let ticks = Double(rest[19])
      else { return false }
      return booted + ticks / Double(sysconf(Int32(_SC_CLK_TCK))) <= written + grain
    }

    /// Seconds since 1970.
    private static var bootTime: Double? {
      get throws(StoreProblem) {
        let lines = String(decoding: try StateDirectory.read("/proc/stat") ?? [], as: UTF8.self).split(separator: "\n")
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst("btime ".count)) }
      }
    }
  #else
    private static func seconds(_ status: stat) -> Double { Double(status.st_mtimespec.tv_sec) }

    /// The system tells no name here without more rights; the addresses are dialled anyway.
    private static func runs(
      _ process: Int32, called program: Substring, since written: Double
    ) throws(StoreProblem) -> Bool { exists(process) }
  #endif

  private static func exists(_ process: Int32) -> Bool { kill(process, 0) == 0 || errno == EPERM }
}
