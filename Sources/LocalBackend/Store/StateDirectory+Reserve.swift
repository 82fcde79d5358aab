import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Space that is kept so that deleting works on a full disk.
extension StateDirectory {
  private static let reserveName = "/reserve"
  private var reserve: String { path + Self.reserveName }
  static let reserveBytes: Int64 = 512 << 10

  var hasReserve: Bool { Self.exists(reserve) }

  /// What the file system has left; everything where it does not say.
  var freeBytes: Int64 {
    var space = statvfs()
    guard statvfs(path, &space) == 0 else { return .max }
    return Int64(clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue)
  }

  /// Makes the reserve whole. A disk that has little left, or fails, simply keeps none.
  func keepReserve() {
    guard Self.reserveSize(of: path) < Self.reserveBytes, freeBytes >= 2 * Self.reserveBytes else { return }
    forget(reserve)
    do throws(SystemError) {
      let file = try OpenFile(reserve, .create, or: "the reserve cannot be created")
      do throws(SystemError) {
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        // Written, not only declared: some file systems promise space they do not have.
        for _ in 0..<Int(Self.reserveBytes) / zeros.count { try file.write(zeros, or: "the reserve cannot be written") }
      } catch { forget(reserve) }
    } catch { return }
  }

  /// True if there was something to give up.
  static func spendReserve(of path: String) -> Bool { unlink(path + reserveName) == 0 }

  /// For a store that cannot even be opened, because its log needs room too: gives up a part, so that what is left is still for deleting.
  static func shrinkReserve(of path: String) -> Bool {
    let part: Int64 = 128 << 10
    let size = reserveSize(of: path)
    return size > 2 * part && truncate(path + reserveName, off_t(size - part)) == 0
  }

  /// In bytes; 0 if there is none.
  private static func reserveSize(of path: String) -> Int64 {
    do throws(SystemError) { return try FileStatus.at(path + reserveName, or: "the reserve cannot be examined")?.size ?? 0 } catch {
      return 0
    }
  }
}
