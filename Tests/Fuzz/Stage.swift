import Bridge
import Credentials
import JSON
import JSONRPC
import System

/// What stands behind the methods while they are tried: a backend with a few rows, which answers at once.
enum Stage {
  /// `inPlace`: what can be answered in place is.
  static func context(on loop: PollLoop, inPlace: Bool = true) -> BridgeContext {
    let client = CredentialsClient(on: loop) { region throws(CredentialsError) in
      guard region == .local else { throw CredentialsError(.notConfigured, "this region is not served") }
      return StageBackend(readsInPlace: inPlace)
    }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil), resolveRegion: { region in region ?? .local },
      info: { [JSONMember("version", "fuzz"), JSONMember("backends", []), JSONMember("settings", [])] })
  }
}

/// It creates nothing: so nothing is saved either, whatever a request names as its file.
struct StageBackend: CredentialsBackend {
  let readsInPlace: Bool
  private static let accountID = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
  private static let ids = (0..<5).map { "1111111\($0)-1111-4111-8111-111111111111" }

  var shortReads: (any ShortReads)? { readsInPlace ? StageReads() : nil }

  static func credentials() -> [Credential] {
    Self.ids.compactMap { CredentialID($0) }.map { id in
      Credential(id: id, name: "row") { writer in
        writer.member("id", id.text)
        writer.member("name", "row")
      }
    }
  }

  private func credentials() -> [Credential] { Self.credentials() }

  private func account() throws(CredentialsError) -> Account { try Self.account() }

  static func account() throws(CredentialsError) -> Account {
    guard let id = AccountID(Self.accountID) else { throw .cancelled }
    return Account(id: id, name: "row", json: JSONText(["id": .string(id.text), "name": "row"]))
  }

  private func part(_ rows: [JSONText], after position: StreamPosition?, _ size: Int) throws(CredentialsError) -> StreamPage<RowsText> {
    guard let start = Int(position?.text ?? "0"), 0...rows.count ~= start else {
      throw .invalidParameter("cursor", "is not one of this bridge's cursors", expected: "a cursor from an earlier response")
    }
    let part = Array(rows[start...].prefix(size))
    let end = start + part.count
    return StreamPage(rows: RowsText(part), totalCount: rows.count, next: StreamPosition(text: String(end)), isLast: end == rows.count)
  }

  static func page(_ rows: [JSONText], _ page: Int, _ size: Int) -> Page<RowsText> {
    Page(rows: RowsText(Array(rows.dropFirst((page - 1) * size).prefix(size))), totalCount: rows.count, isLast: page * size >= rows.count)
  }
  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    Self.page(credentials().map(\.json), page, size)
  }
  func nextCredentials(
    _ query: CredentialsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> { try part(credentials().map(\.json), after: position, size) }
  func createCredential(_ draft: CredentialDraft) async throws(CredentialsError) -> IssuedCredential {
    throw CredentialsError(.quotaExceeded, "nothing is created here")
  }
  func getCredential(_ id: CredentialID) async throws(CredentialsError) -> Credential {
    guard let found = credentials().first(where: { $0.id == id }) else { throw .notFound("credentials", id.text) }
    return found
  }
  func deleteCredential(_ id: CredentialID) async throws(CredentialsError) { _ = try await getCredential(id) }
  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) async throws(CredentialsError) -> Page<RowsText> {
    Self.page([try account().json], page, size)
  }
  func nextAccounts(
    _ query: AccountsQuery, size: Int, after position: StreamPosition?
  ) async throws(CredentialsError) -> StreamPage<RowsText> { try part([try account().json], after: position, size) }
  func createAccount(_ draft: AccountDraft) async throws(CredentialsError) -> Account { try account() }
  func getAccount(_ id: AccountID) async throws(CredentialsError) -> Account {
    guard try account().id == id else { throw .notFound("account", id.text) }
    return try account()
  }
  func renameAccount(_ id: AccountID, _ name: String) async throws(CredentialsError) -> Account { try await getAccount(id) }
  func deleteAccount(_ id: AccountID, keepingStreams: Bool) async throws(CredentialsError) -> Bool? {
    _ = try await getAccount(id)
    return nil
  }
}

/// The same rows in place.
struct StageReads: ShortReads {
  func getCredential(_ id: CredentialID) -> JSONText? { StageBackend.credentials().first { $0.id == id }?.json }
  func getAccount(_ id: AccountID) -> JSONText? {
    do throws(CredentialsError) {
      let account = try StageBackend.account()
      return account.id == id ? account.json : nil
    } catch { return nil }
  }
  func listCredentials(_ query: CredentialsQuery, page: Int, size: Int) -> Page<RowsText>? {
    StageBackend.page(StageBackend.credentials().map(\.json), page, size)
  }
  func listAccounts(_ query: AccountsQuery, page: Int, size: Int) -> Page<RowsText>? {
    do throws(CredentialsError) { return StageBackend.page([try StageBackend.account().json], page, size) } catch { return nil }
  }
}
