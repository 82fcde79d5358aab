/// The outside world of one or more regions. A backend may block only on threads of its own; its errors leave it as
/// `CredentialsError`, whatever they were inside.
///
/// Cancelling the task asks a call to end early: a read ends with `cancelled`; a mutation that has not begun ends with `cancelled` and
/// outcome `none`; one that has begun goes on to its true result.
package protocol CredentialsBackend: Sendable {
  /// What may be read at once; nil where every read takes its time.
  var shortReads: (any ShortReads)? { get }

  /// `page` counts from 1; `size` is 1 to 100. A page after the last is empty, not an error.
  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText>

  /// The page after a position, or the first. A position that is not this backend's, or not of this query: `invalid_params`, field `cursor`.
  func nextCredentials(_ query: CredentialsQuery, size: Int, after position: StreamPosition?) async throws(CredentialsError)
    -> StreamPage<RowsText>

  /// Makes a credential. `not_found` (resource `account`), `already_exists` and `conflict` (details `candidates`: ids), `quota_exceeded`;
  /// with no account named and several there, `invalid_params` naming `nats_account_id`.
  func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential

  /// `not_found` (resource `credentials`) for one that is not there.
  func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential

  /// Deletes a credential: when this returns, its connections are closed and it is refused everywhere. `not_found` (resource
  /// `credentials`); `revocation_pending` with outcome `done` where that is recorded and not yet so.
  func deleteCredential(_ id: CredentialID) async throws(CredentialsError)

  /// Deletes a credential that was just made and whose secret reached nobody. Returns when it is gone, also if it was; otherwise throws, within
  /// ten seconds.
  func undoCreation(of id: CredentialID) async throws(CredentialsError)

  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText>
  func nextAccounts(_ query: AccountsQuery, size: Int, after position: StreamPosition?) async throws(CredentialsError) -> StreamPage<
    RowsText
  >
  func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account

  /// `not_found` (resource `account`) for one that is not there.
  func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account

  /// Gives an account another name. `not_found`, `conflict` while it is being deleted.
  func renameAccount(_ id: AccountID, _ name: String) async throws(CredentialsError) -> Account

  /// Deletes an account with its credentials; as `deleteCredential`. `keepingStreams`: its JetStream data stays on the servers. Returns
  /// whether that data is gone from the servers, which goes on by itself; nil where the backend does not say. A backend that cannot keep it:
  /// `invalid_params`, field `keep_streams`.
  func deleteAccount(_ id: AccountID, keepingStreams: Bool) async throws(CredentialsError) -> Bool?

  /// Ends credentials that may not be listed, and returns how many listed ones were among them; as `deleteCredential`. `not_found` (resource
  /// `account`), `conflict` while it is being deleted; `invalid_params`, field `region`, from a backend that cannot.
  func revoke(_ revocation: Revocation, in account: AccountID) async throws(CredentialsError) -> Int
}

extension CredentialsBackend {
  package var shortReads: (any ShortReads)? { nil }

  package func revoke(_ revocation: Revocation, in account: AccountID) async throws(CredentialsError) -> Int {
    throw .invalidParameter("region", "cannot do this; only the region local has it", expected: "local")
  }

  /// Where deleting has limits of its own there is nothing more to do.
  package func undoCreation(of id: CredentialID) async throws(CredentialsError) {
    do throws(CredentialsError) { try await deleteCredential(id) } catch { if error.kind != .notFound { throw error } }
  }
}
