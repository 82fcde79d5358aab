import Foundation
import JSON
import System
import Testing

@testable import JSONRPC

@Suite struct SessionMirrorTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "ncb-\(UUID().uuidString)").path
  private let secrets = SecretMembers(of: [("params", "token", ["x-secret": true])])
  private let warnings = Locked<[String]>([])

  private func mirror(named name: String = "now") throws(SystemError) -> SessionMirror {
    try SessionMirror(in: folder + "/below", named: name, hiding: secrets, longestLine: 1000) { [warnings] warning in
      warnings.withLock { $0.append(warning) }
    }
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: folder + "/below/" + name)), as: UTF8.self)
  }

  private func removeFolder() {
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("left behind: \(folder)") }
  }

  /// What the files hold of two texts that came in pieces of one size.
  private func mirrored(_ input: String, _ output: String, by size: Int) throws -> [String] {
    defer { removeFolder() }
    let mirror = try mirror()
    for (text, take) in [(input, mirror.read), (output, mirror.wrote)] {
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) { bytes[start..<min(start + size, bytes.count)].withUnsafeBytes(take) }
    }
    mirror.close()
    #expect(warnings.withLock { $0 } == [])
    return [try text("now.in"), try text("now.out")]
  }

  @Test(arguments: [1, 2, 7, 1000]) func bothDirectionsAreWrittenHoweverTheyCome(size: Int) throws {
    let input = "\u{FEFF}{\"id\":1}\r\n\n \t\n{\"params\":{\"token\":\"S\"}}\nno JSON\n[1]"
    let output = "{\"result\":\"é\"}\n{\"cut off"
    #expect(
      try mirrored(input, output, by: size) == [
        "\u{FEFF}{\"id\":1}\r\n\n \t\n{\"params\":{\"token\":\"(secret)\"}}\n(7 bytes left out)\n[1]",
        "{\"result\":\"é\"}\n(9 bytes left out)",
      ])
  }

  @Test func nothingIsWrittenWhereNothingWasSaid() throws {
    #expect(try mirrored("", "", by: 1) == ["", ""])
  }

  @Test func ofALineThatIsTooLongTheLengthIsKept() throws {
    for (count, shown) in [(998, nil), (999, "(1001 bytes left out)"), (5000, "(5002 bytes left out)")] {
      let line = "\"" + String(repeating: "x", count: count) + "\""
      for size in [100, 10_000] {
        #expect(try mirrored(line + "\n1\n", "2\n" + line, by: size) == [(shown ?? line) + "\n1\n", "2\n" + (shown ?? line)])
      }
    }
  }

  @Test func folderAndFilesAreTheirOwnersAlone() throws {
    defer { removeFolder() }
    try mirror().close()
    for (name, mode) in [("", 0o700), ("/now.in", 0o600), ("/now.out", 0o600)] {
      #expect(try FileStatus.at(folder + "/below" + name, or: "looking").map { Int($0.permissions) } == mode)
    }
  }

  @Test(arguments: ["now.in", "now.out"]) func nothingIsOverwritten(name: String) throws {
    defer { removeFolder() }
    try mirror(named: "earlier").close()
    try Data("mine".utf8).write(to: URL(filePath: folder + "/below/" + name))
    let error = #expect(throws: SystemError.self) { try mirror() }
    #expect(error?.message == "\(name) cannot be created: File exists")
    #expect(try text(name) == "mine")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/below")
    #expect(Set(names) == ["earlier.in", "earlier.out", name])
  }

  @Test func whatComesAfterTheEndIsDropped() throws {
    defer { removeFolder() }
    let mirror = try mirror()
    mirror.close()
    Array("1\n".utf8).withUnsafeBytes(mirror.read)
    mirror.close()
    #expect(try text("now.in").isEmpty)
  }
}
