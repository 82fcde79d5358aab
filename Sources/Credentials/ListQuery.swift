/// What a list of credentials is asked for. Absent filters let everything through.
package struct CredentialsQuery: Sendable, Hashable {
  package var projectID: ProjectID?
  package var accountID: AccountID?
  package var order: ListOrder

  package init(projectID: ProjectID? = nil, accountID: AccountID? = nil, order: ListOrder = .createdAtAscending) {
    self.projectID = projectID
    self.accountID = accountID
    self.order = order
  }
}

/// What a list of accounts is asked for.
package struct AccountsQuery: Sendable, Hashable {
  package var projectID: ProjectID?
  package var order: ListOrder

  package init(projectID: ProjectID? = nil, order: ListOrder = .createdAtAscending) {
    self.projectID = projectID
    self.order = order
  }
}

/// The six orders of the API; the raw value is the API's word.
package enum ListOrder: String, Sendable, CaseIterable {
  case createdAtAscending = "created_at_asc"
  case createdAtDescending = "created_at_desc"
  case updatedAtAscending = "updated_at_asc"
  case updatedAtDescending = "updated_at_desc"
  case nameAscending = "name_asc"
  case nameDescending = "name_desc"
}
