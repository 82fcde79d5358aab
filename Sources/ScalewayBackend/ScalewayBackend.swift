package import Credentials
package import HTTP
import JSON

/// Scaleway's NATS accounts and credentials in one region.
package struct ScalewayBackend: CredentialsBackend {
  private let service: Service
  private let defaultProject: ProjectID?

  /// `key` is the secret key with the source it was found in.
  package init(
    _ region: Region, _ key: ScalewaySettings.Setting<Secret>, _ settings: ScalewaySettings, userAgent: String,
    _ transport: any HTTPTransport,
    _ clock: RetryClock, _ executor: ResponseExecutor
  ) {
    service = Service(
      region, key, origin: settings.apiURL.value.text, userAgent: settings.userAgent?.value ?? userAgent, transport, clock, executor)
    defaultProject = settings.defaultProjectID?.value
  }

  package func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    try await list(Listing(query), page, size, \.json)
  }

  package func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    try await list(Listing(query), page, size, \.json)
  }

  /// The page size asked for is not trusted: unless a page is full, or the first, only an empty one after it proves that it was the last.
  private func list<Row>(
    _ listing: Listing<Row>, _ page: Int, _ size: Int, _ json: (Row) -> JSONText
  ) async throws(CredentialsError) -> Page<RowsText> {
    let (rows, total) = try await service.page(listing, page: page, size: size)
    let reached = (page - 1) * size + rows.count >= total
    let isLast = rows.isEmpty || reached && (page == 1 || rows.count == size)
    return Page(rows: RowsText(rows.map { json($0.row) }), totalCount: total, isLast: isLast)
  }

  package func nextCredentials(
    _ query: CredentialsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    try await next(Listing(query), size, position, \.json)
  }

  package func nextAccounts(
    _ query: AccountsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    try await next(Listing(query), size, position, \.json)
  }

  private func next<Row>(
    _ listing: Listing<Row>, _ size: Int, _ position: StreamPosition?, _ json: (Row) -> JSONText
  ) async throws(CredentialsError) -> StreamPage<RowsText> {
    var walk = WalkPosition()
    if let position {
      guard let read = WalkPosition(position) else {
        throw .invalidParameter("cursor", "is not a position in this list", expected: "a cursor from an earlier response")
      }
      walk = read
    }
    let page = try await ListWalk(service: service, listing: listing, size: size).next(&walk)
    return page.with(RowsText(page.rows.map(json)))
  }

  package func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential {
    do throws(ServiceProblem) {
      let answer = try await service.send(.get(.credential(id)))
      if let usual = UsualRows.credential(id, in: answer.bytes, service.region) { return usual }
      return try await service.read(answer) { reader throws(ResponseProblem) in try reader.credential(id) }
    } catch { throw error.asReadError(of: "credentials", id.text) }
  }

  package func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account {
    do throws(ServiceProblem) {
      let answer = try await service.send(.get(.account(id)))
      return try await service.read(answer) { reader throws(ResponseProblem) in try reader.account(id) }
    } catch { throw error.asReadError(of: "account", id.text) }
  }

  package func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential {
    guard let account = draft.accountID else {
      throw .invalidParameter(
        "nats_account_id", "is missing; it may be omitted on local only", expected: "the account's id; accounts.list has them")
    }
    return try await CredentialCreation(service: service, draft: draft, account: account).run {
      () throws(CredentialsError) in try await getAccount(account)
    }
  }

  package func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account {
    try await AccountCreation(service: service, draft: draft, project: draft.projectID ?? defaultProject).run()
  }

  package func renameAccount(_ id: AccountID, _ name: String) async throws(CredentialsError) -> Account {
    do throws(ServiceProblem) {
      let answer = try await service.send(.rename(.account(id), ["name": .string(name)]))
      service.recent.note(id, at: service.clock.now())
      return try await service.read(answer, mayHaveActed: true) { reader throws(ResponseProblem) in
        let account = try reader.account(id)
        guard sameScalars(account.name, name) else { throw ResponseProblem("the account has another name") }
        return account
      }
    } catch { throw error.asChangeError(of: "account", id.text) }
  }

  package func deleteCredential(_ id: CredentialID) async throws(CredentialsError) {
    try await Deletion(service: service, endpoint: .credential(id), resource: "credentials", id: id.text).run()
  }

  package func undoCreation(of id: CredentialID) async throws(CredentialsError) {
    let service = service
    let left = await service.clock.uncancelled(atMost: LostAnswer.lookMilliseconds) { await service.undo(.credential(id)) }
    if let left { throw left.asChangeError }
  }

  package func deleteAccount(_ id: AccountID, keepingStreams: Bool) async throws(CredentialsError) -> Bool? {
    guard !keepingStreams else {
      throw .invalidParameter("keep_streams", "is not supported here; only the region local has it", expected: "nothing")
    }
    try await Deletion(service: service, endpoint: .account(id), resource: "account", id: id.text).run()
    service.recent.forget(id)
    return nil
  }
}
