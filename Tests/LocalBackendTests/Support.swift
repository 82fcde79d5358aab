import Credentials
import Foundation
import JSON
import LocalBackend
import System
import Testing

/// A state folder of one test's own, taken away at its end.
final class TemporaryState: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "ncb-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit {
    do { try FileManager.default.removeItem(atPath: path) } catch { print("left behind: \(path)") }
  }

  func backend(
    url: String = "nats://127.0.0.1:4222", listen: String? = nil, now: (@Sendable () -> Int64)? = nil
  ) -> LocalBackend {
    let inputs = SystemInputs(now: now ?? SystemInputs.real.now, random: SystemInputs.real.random)
    return LocalBackend(LocalSettings(stateFolder: path, natsURL: url, listen: listen), inputs: inputs) { print("warning: \($0)") }
  }

  func file(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

extension Credential {
  var value: JSONValue { get throws { try #require(JSONSlice(parsing: json.bytes)).value } }
}

extension RowsText {
  var values: [JSONValue] {
    get throws {
      let list = [UInt8(ascii: "[")] + pieces.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
      return try #require(JSONSlice(parsing: list)).value.array ?? []
    }
  }

  var ids: [String] { get throws { try values.compactMap { $0["id"]?.string } } }
  var names: [String] { get throws { try values.compactMap { $0["name"]?.string } } }
}

extension Account {
  var value: JSONValue { get throws { try #require(JSONSlice(parsing: json.bytes)).value } }
}

/// The claims inside a token, unverified.
func claims(_ token: String) throws -> JSONValue {
  let parts = token.split(separator: ".")
  try #require(parts.count == 3)
  let payload = parts[1].replacing("-", with: "+").replacing("_", with: "/")
  let padded = String(payload) + String(repeating: "=", count: (4 - payload.utf8.count % 4) % 4)
  let data = try #require(Data(base64Encoded: padded))
  return try #require(JSONSlice(parsing: Array(data))).value
}

/// A clock that stands where it is put.
final class SetClock: Sendable {
  private let time: Locked<Int64>
  init(_ microseconds: Int64) { time = Locked(microseconds) }
  func set(_ microseconds: Int64) { time.withLock { $0 = microseconds } }
  var now: @Sendable () -> Int64 { { self.time.withLock { $0 } } }
}

/// The error a call must draw.
func failure(_ body: () async throws(CredentialsError) -> some Any) async -> CredentialsError? {
  do throws(CredentialsError) {
    _ = try await body()
    return nil
  } catch {
    return error
  }
}
