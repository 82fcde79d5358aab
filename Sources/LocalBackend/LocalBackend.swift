package import Credentials

/// The embedded backend: region `local`. Mints real NATS credentials, keeps their metadata, never their secrets. Cheap to make: no file
/// is touched before the first call.
package struct LocalBackend: CredentialsBackend {
  /// What accounts belong to that name no project.
  package static let ownProject = "00000000-0000-0000-0000-000000000000"

  private let store: LocalStore

  /// `warn` is told what went wrong without failing a call.
  package init(_ settings: LocalSettings, world: World = .real, warn: @escaping @Sendable (String) -> Void) {
    store = LocalStore(settings: settings, world: world, warn: warn)
  }

  package func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<Credential> {
    try await store.reading { store throws(StoreProblem) in
      try store.page(ListSQL(query), page, size: size) { CredentialRow($0).credential }
    }
  }

  package func nextCredentials(
    _ query: CredentialsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<Credential> {
    let list = ListSQL(query)
    return try await store.reading { store throws(StoreProblem) in
      try store.next(list, size: size, after: position) { row in
        let credential = CredentialRow(row)
        let key = list.keyIsText ? Database.Value.text(credential.name) : .int(credential.createdAt)
        return (credential.credential, KeyPosition(value: key, id: credential.id))
      }
    }
  }

  package func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential {
    try await store.changing { store throws(StoreProblem) in try store.createCredential(draft) }
  }

  package func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential {
    let found = try await store.reading { store throws(StoreProblem) in try store.credential(id) }
    guard let found else { throw .notFound("credentials", id.text) }
    return found
  }

  package func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<Account> {
    try await store.reading { store throws(StoreProblem) in
      try store.page(ListSQL(query), page, size: size) { AccountRow($0).account(at: store.address) }
    }
  }

  package func nextAccounts(
    _ query: AccountsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<Account> {
    let list = ListSQL(query)
    let byUpdate = [.updatedAtAscending, .updatedAtDescending].contains(query.order)
    return try await store.reading { store throws(StoreProblem) in
      try store.next(list, size: size, after: position) { row in
        let account = AccountRow(row)
        let key = list.keyIsText ? Database.Value.text(account.name) : .int(byUpdate ? account.updatedAt : account.createdAt)
        return (account.account(at: store.address), KeyPosition(value: key, id: account.id))
      }
    }
  }

  package func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account {
    try await store.changing { store throws(StoreProblem) in try store.createAccount(draft) }
  }

  package func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account {
    let found = try await store.reading { store throws(StoreProblem) in try store.account(id.text) }
    guard let found else { throw .notFound("account", id.text) }
    return found
  }

  /// A name for the file: the credential's own, with everything that could mean something to a shell or a folder made a dash.
  static func fileName(for name: String) -> String {
    let safe = name.unicodeScalars.prefix(64).map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
      case ".": "."
      default: "-"
      }
    }
    let text = String(safe)
    return (text.hasPrefix(".") ? "-" + text.dropFirst() : text) + ".creds"
  }
}
