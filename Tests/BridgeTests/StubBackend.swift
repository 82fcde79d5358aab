import Credentials
import System

/// A backend that answers what it is told to, for what a real one cannot be made to do.
final class StubBackend: CredentialsBackend {
  let error: CredentialsError
  let calls = Locked<[String]>([])
  /// What a stream of accounts gets; a position is the number of a page.
  private let accountPages: [StreamPage<RowsText>]

  init(_ error: CredentialsError, accountPages: [StreamPage<RowsText>] = []) {
    self.error = error
    self.accountPages = accountPages
  }

  private func fail<Value>(_ call: String) throws(CredentialsError) -> Value {
    calls.withLock { $0.append(call) }
    throw error
  }

  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    try fail("list")
  }
  func nextCredentials(
    _ query: CredentialsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> { try fail("next") }
  func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential { try fail("create") }
  func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential { try fail("get") }
  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> { try fail("list") }
  func nextAccounts(
    _ query: AccountsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    let number = position.flatMap { Int($0.text) } ?? 0
    return number < accountPages.count ? accountPages[number] : try fail("next")
  }
  func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account { try fail("create") }
  func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account { try fail("get") }
  func deleteCredential(_ id: CredentialID) async throws(CredentialsError) { let _: Never = try fail("delete") }
  func renameAccount(_ id: AccountID, _ name: String) async throws(CredentialsError) -> Account { try fail("rename") }
  func deleteAccount(_ id: AccountID, keepingStreams: Bool) async throws(CredentialsError) -> Bool? { try fail("delete") }
  func revoke(_ revocation: Revocation, in account: AccountID) async throws(CredentialsError) -> Int { try fail("revoke") }
}
