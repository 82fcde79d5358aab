/// A credential that is to be created.
package struct CredentialDraft: Sendable {
  /// Absent: the backend's only account, if it can tell.
  package var accountID: AccountID?
  package var name: String
  /// The bridge made the name up for this request, so a row that bears it can only be this request's.
  package var nameIsGenerated: Bool
  /// Refuse with `already_exists` if the account has a credential of this name.
  package var mustBeNew: Bool

  package init(accountID: AccountID?, name: String, nameIsGenerated: Bool = false, mustBeNew: Bool = false) {
    self.accountID = accountID
    self.name = name
    self.nameIsGenerated = nameIsGenerated
    self.mustBeNew = mustBeNew
  }
}

/// An account that is to be created.
package struct AccountDraft: Sendable {
  package var name: String
  package var projectID: ProjectID?

  package init(name: String, projectID: ProjectID? = nil) {
    self.name = name
    self.projectID = projectID
  }
}
