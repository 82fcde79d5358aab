/// A credential that is to be created.
package struct CredentialDraft: Sendable {
  /// Absent: the backend's only account, if it can tell.
  package var accountID: AccountID?
  package var name: String
  /// The bridge made the name up for this request, so a row that bears it can only be this request's.
  package var nameIsGenerated: Bool
  package var ifExists: IfExists
  /// The caller will ask for the issued credential's `endpoint`, which may cost the backend a request more.
  package var needsEndpoint: Bool

  /// What is done if the account has a credential of this name already; the raw value is the wire's word.
  package enum IfExists: String, CaseIterable, Sendable {
    /// Names need not be unique.
    case allow
    /// Refuse with `already_exists`.
    case fail
    /// Name the old one in the result, so that the caller can delete it once the new one is safe; several are a `conflict`.
    case replace
  }

  package init(accountID: AccountID?, name: String, nameIsGenerated: Bool = false, ifExists: IfExists = .allow, needsEndpoint: Bool = false)
  {
    self.accountID = accountID
    self.name = name
    self.nameIsGenerated = nameIsGenerated
    self.ifExists = ifExists
    self.needsEndpoint = needsEndpoint
  }
}

/// An account that is to be created.
package struct AccountDraft: Sendable {
  package var name: String
  /// As of a credential.
  package var nameIsGenerated: Bool
  package var projectID: ProjectID?

  package init(name: String, nameIsGenerated: Bool = false, projectID: ProjectID? = nil) {
    self.name = name
    self.nameIsGenerated = nameIsGenerated
    self.projectID = projectID
  }
}
