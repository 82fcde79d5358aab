/// What create does when the account has a credential of this name already.
package enum IfExists: String, CaseIterable, Sendable {
  case allow, fail
}
