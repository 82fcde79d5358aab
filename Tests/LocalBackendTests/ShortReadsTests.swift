import Credentials
import Foundation
import JSON
import LocalBackend
import Testing

/// What is read in place is, byte for byte, what the store's thread reads; and where it could be otherwise nothing is read in place.
@Suite struct ShortReadsTests {
  private let state: TemporaryState

  init() throws { state = try TemporaryState() }

  private static let names = [
    "app", "", " ", "\"quoted\"", "back\\slash", "é", "e\u{301}", "\u{1F600}", "tab\there", "line\nfeed", "\u{7F}", "\u{0}x", "exactly8",
    "exactly16 bytes.", String(repeating: "x", count: 64), String(repeating: "ü", count: 64), "</script>", "\u{2028}",
  ]

  private func account(_ backend: LocalBackend, _ name: String = "one") async throws -> Account {
    try await backend.createAccount(AccountDraft(name: name))
  }

  private func reads(_ backend: LocalBackend) throws -> any ShortReads { try #require(backend.shortReads) }

  @Test func bothWaysGiveTheSameBytes() async throws {
    let clock = SetClock(1_700_000_000_000_000)
    let backend = state.backend(now: clock.now)
    var accounts: [Account] = []
    var ids: [CredentialID] = []
    for (index, name) in Self.names.enumerated() {
      clock.set(1_700_000_000_000_000 + Int64(index * index) * 86_399_999_999)
      accounts.append(try await account(backend, name))
      ids.append(try await backend.createCredential(CredentialDraft(accountID: accounts[index].id, name: name)).credential.id)
    }
    _ = try await backend.renameAccount(accounts[1].id, "renamed")
    let reads = try reads(backend)
    for id in ids { #expect(try await backend.getCredential(id).json == reads.getCredential(id)) }
    for account in accounts { #expect(try await backend.getAccount(account.id).json == reads.getAccount(account.id)) }
    // A list writes its rows another way.
    let listed = try #require(reads.listCredentials(CredentialsQuery(), page: 1, size: 100)).rows
    #expect(try listed.count == ids.count && listed.ids == ids.map(\.text))
    #expect(try listed.pieces == RowsText(ids.map { try #require(reads.getCredential($0)) }).pieces)
    for (id, name) in zip(ids, Self.names) { #expect(try await backend.getCredential(id).value["name"]?.string == name) }
  }

  @Test func whatAChangeHasWrittenIsRead() async throws {
    let backend = state.backend()
    let account = try await account(backend)
    let reads = try reads(backend)
    for _ in 0..<20 {
      let issued = try await backend.createCredential(CredentialDraft(accountID: account.id, name: "x"))
      #expect(reads.getCredential(issued.credential.id) == issued.credential.json)
    }
  }

  @Test func whatIsNotThereIsLeftToTheStore() async throws {
    let backend = state.backend()
    _ = try await account(backend)
    let id = try #require(CredentialID("11111111-1111-4111-8111-111111111111"))
    let other = try #require(AccountID("AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"))
    #expect(try reads(backend).getCredential(id) == nil && reads(backend).getAccount(other) == nil)
  }

  @Test func aPageFarBehindIsLeftToTheStore() async throws {
    let backend = state.backend()
    _ = try await account(backend)
    let reads = try reads(backend)
    #expect(reads.listAccounts(AccountsQuery(), page: 101, size: 100)?.rows.count == 0)
    #expect(reads.listAccounts(AccountsQuery(), page: 102, size: 100) == nil)
  }

  @Test func whereNoStoreIsNoneIsBegun() throws {
    let id = try #require(CredentialID("11111111-1111-4111-8111-111111111111"))
    #expect(try reads(state.backend()).getCredential(id) == nil)
    #expect(try FileManager.default.contentsOfDirectory(atPath: state.path).isEmpty)
  }

  /// The first read of a process, over a store that an earlier one left.
  private func readsInPlace(
    listen: String? = nil, url: String = "nats://127.0.0.1:4222", changing: (String) throws -> Void = { _ in }
  ) async throws -> Bool {
    let folder = try TemporaryState()
    let before = folder.backend()
    let account = try await before.createAccount(AccountDraft(name: "one"))
    try changing(folder.path)
    return try #require(folder.backend(url: url, listen: listen).shortReads).getAccount(account.id) == account.json
  }

  @Test func whatOpeningTheStoreWouldMendIsLeftToIt() async throws {
    #expect(try await readsInPlace())
    #expect(try await !readsInPlace(listen: "127.0.0.1:4333"))
    // Of this the store's thread warns.
    #expect(try await !readsInPlace(url: "nats://127.0.0.1:4333"))
    for file in ["operator.jwt", "nats-server.conf"] {
      #expect(try await !readsInPlace { try FileManager.default.removeItem(atPath: $0 + "/" + file) })
    }
    #expect(try await !readsInPlace { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: $0) })
    #expect(
      try await !readsInPlace {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: $0 + "/store.db")
      })
  }

  /// What the store's thread has open it goes on with, whatever stands at the path.
  @Test func onlyTheFileThatTheStoreHasOpenIsRead() async throws {
    let backend = state.backend()
    let account = try await account(backend)
    try FileManager.default.copyItem(atPath: state.path + "/store.db", toPath: state.path + "/copy")
    try FileManager.default.removeItem(atPath: state.path + "/store.db")
    try FileManager.default.moveItem(atPath: state.path + "/copy", toPath: state.path + "/store.db")
    #expect(try reads(backend).getAccount(account.id) == nil)
    #expect(try await backend.getAccount(account.id).json == account.json)
  }
}
