package import JSON

/// Reads of one row or one page that are answered at once, on the caller's thread. Each gives what the backend's method of the same name
/// would, or nil: where it could wait for somebody, where the row is not there, where anything is unusual. Then that method is called, which alone says
/// what is wrong.
package protocol ShortReads: Sendable {
  func getCredential(_ id: CredentialID) -> JSONText?
  func getAccount(_ id: AccountID) -> JSONText?
  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) -> Page<RowsText>?
  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) -> Page<RowsText>?
}
