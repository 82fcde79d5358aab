import Credentials
import Foundation
import ScalewayBackend
import Testing

/// A home folder of one test's own, taken away at its end.
final class TemporaryHome: Sendable {
  let path = FileManager.default.temporaryDirectory.appending(path: "ncb-\(UUID().uuidString)").path

  init() {}

  deinit {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
  }

  func write(_ text: String, to name: String = ".config/scw/config.yaml", mode: Int = 0o600) throws -> String {
    let file = URL(filePath: path + "/" + name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    return path + "/" + name
  }

  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
  }
}

extension TemporaryHome {
  /// The settings with these variables and this folder as `HOME`.
  func read(_ variables: [String: String] = [:], profile: String? = nil) throws(CredentialsError) -> ScalewaySettings {
    let all = variables.merging(["HOME": path]) { given, _ in given }
    return try ScalewayConfiguration.read(environment: ScalewayEnvironment { all[$0] }, profile: profile)
  }

  /// The message of a refusal.
  func refusal(_ variables: [String: String] = [:], profile: String? = nil) throws -> String {
    let error = try #require(throws: CredentialsError.self) { try read(variables, profile: profile) }
    #expect(error.kind == .notConfigured)
    return error.message
  }
}

extension ScalewaySettings {
  /// Where each setting came from, by its name.
  var sourcesByName: [String: String] { Dictionary(sources.map { ($0.name, $0.source) }) { first, _ in first + " twice" } }
}
