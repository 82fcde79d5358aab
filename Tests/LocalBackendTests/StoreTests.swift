import Credentials
import Foundation
import JSON
import LocalBackend
import Testing

@Suite struct StoreTests {
  private let state: TemporaryState

  init() throws { state = try TemporaryState() }

  private func attempt(_ backend: LocalBackend? = nil) async -> CredentialsError? {
    let backend = backend ?? state.backend()
    return await failure { () throws(CredentialsError) in try await backend.createCredential(CredentialDraft(accountID: nil, name: "x")) }
  }

  private func reason(_ error: CredentialsError?) -> String? {
    error?.kind == .storage ? error?.details.first { $0.name == "reason" }?.value.string : error.map { "\($0.kind)" }
  }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test func nothingIsTouchedBeforeTheFirstCall() throws {
    _ = state.backend()
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path).isEmpty)
  }

  @Test func everythingIsItsOwnersAlone() async throws {
    // Open until the end: the last to close takes files of SQLite's away.
    let backend = state.backend()
    #expect(await attempt(backend) == nil)
    try withExtendedLifetime(backend) {
      for name in try FileManager.default.subpathsOfDirectory(atPath: state.path) {
        #expect(try mode(state.path + "/" + name) & 0o077 == 0, "\(name)")
      }
    }
  }

  @Test func aFolderOthersMayReadIsRefusedWithTheFix() async throws {
    try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: state.path)
    let error = await attempt()
    #expect(reason(error) == "permissions" && error?.message.contains("chmod 700") == true)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: state.path)
    #expect(await attempt() == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: state.path + "/store.db")
    #expect(reason(await attempt()) == "permissions")
  }

  @Test func aLinkIsNotFollowed() async throws {
    let elsewhere = try TemporaryState()
    try FileManager.default.createSymbolicLink(atPath: state.path + "/store.db", withDestinationPath: elsewhere.path + "/x.db")
    #expect(reason(await attempt()) == "permissions")
    #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere.path).isEmpty)
  }

  @Test func whatIsNotOursIsLeftAsItIs() async throws {
    let junk = Data("this is no database, but somebody's only copy of something".utf8)
    let path = state.path + "/store.db"
    #expect(FileManager.default.createFile(atPath: path, contents: junk, attributes: [.posixPermissions: 0o600]))
    #expect(reason(await attempt()) == "damaged")
    #expect(try Data(contentsOf: URL(filePath: path)) == junk)
  }

  @Test func aLostStoreIsNotBegunAnew() async throws {
    #expect(await attempt() == nil)
    for name in ["store.db", "store.db-wal", "store.db-shm"] where FileManager.default.fileExists(atPath: state.path + "/" + name) {
      try FileManager.default.removeItem(atPath: state.path + "/" + name)
    }
    #expect(reason(await attempt()) == "damaged")
    #expect(FileManager.default.createFile(atPath: state.path + "/store.db", contents: Data(), attributes: [.posixPermissions: 0o600]))
    #expect(reason(await attempt()) == "damaged")
  }

  @Test func filesThatWereLostAreMadeAgain() async throws {
    let account = try await state.backend().createAccount(AccountDraft(name: "one"))
    let files = ["operator.jwt", "nats-server.conf"]
    let before = try files.map(state.file)
    for file in files { try FileManager.default.removeItem(atPath: state.path + "/" + file) }
    // The token vanished but the store did not, so this is no lost store.
    _ = try await state.backend().getAccount(account.id)
    #expect(try files.map(state.file) == before)
  }

  @Test func twoBackendsShareOneFolder() async throws {
    let backends = [state.backend(), state.backend(), state.backend()]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, backend) in backends.enumerated() {
        group.addTask {
          for number in 0..<20 {
            _ = try await backend.createCredential(CredentialDraft(accountID: nil, name: "\(index)-\(number)"))
          }
        }
      }
      try await group.waitForAll()
    }
    let all = try await state.backend().listCredentials(CredentialsQuery(), page: 1, size: 100)
    #expect(all.totalCount == 60)
    #expect(try Set(all.rows.names).count == 60)
    #expect(try await state.backend().listAccounts(AccountsQuery(), page: 1, size: 10).totalCount == 1)
  }

  @Test func aCancelledCallChangesNothing() async throws {
    let backend = state.backend()
    #expect(await attempt(backend) == nil)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return await attempt(backend)
    }
    let error = await task.value
    #expect(error?.kind == .cancelled && error?.outcome == CredentialsError.Outcome.none)
    #expect(try await backend.listCredentials(CredentialsQuery(), page: 1, size: 1).totalCount == 1)
  }

  @Test func withoutAFolderItSaysWhatToSet() async throws {
    let backend = LocalBackend(LocalSettings(stateFolder: nil, natsURL: "nats://127.0.0.1:4222")) { _ in }
    let error = await attempt(backend)
    #expect(error?.kind == .notConfigured && error?.message.contains("--state") == true)
  }

  @Test func timesAreWrittenAsTheServiceWritesThem() async throws {
    let cases: [(Int64, String)] = [
      (0, "1970-01-01T00:00:00.000000Z"), (951_827_696_000_001, "2000-02-29T12:34:56.000001Z"),
      (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"), (4_102_444_800_000_000, "2100-01-01T00:00:00.000000Z"),
    ]
    for (time, text) in cases {
      let account = try await state.backend(now: { time }).createAccount(AccountDraft(name: "t"))
      #expect(try account.value["created_at"]?.string == text)
    }
  }
}
