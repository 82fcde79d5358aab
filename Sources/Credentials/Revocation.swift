/// What `credentials.revoke` ends in an account.
package enum Revocation: Sendable {
  /// One user, by its public NKey, whether a credential of it is listed or not.
  case userKey(UserKey)
  /// Every credential issued up to and including this second (since 1970, UTC).
  case issuedUpTo(Int64)
}
