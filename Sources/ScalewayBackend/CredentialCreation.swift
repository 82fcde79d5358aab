import Credentials
import JSON
import NATSAuth

/// Makes one credential. Its secret is in one answer and nowhere else: it is checked before it is given on, and a credential whose secret
/// did not come is looked for and deleted again where that is safe.
struct CredentialCreation {
  let service: Service
  let draft: CredentialDraft
  let account: AccountID
  /// Of the .creds text, in bytes; real ones have about one thousand.
  private static let longestSecret = 64 << 10

  /// `getAccount` is asked only for the endpoint.
  func run(_ getAccount: () async throws(CredentialsError) -> Account) async throws(CredentialsError) -> IssuedCredential {
    // What is needed to check the secret is looked for before there is one.
    do throws(CryptoError) { try openCrypto() } catch { throw Self.problem(error) }
    let endpoint = draft.needsEndpoint ? await endpoint(of: try await getAccount()) : nil
    let replaced = try await oldOne()
    if Task.isCancelled { throw .cancelled }
    let began = service.clock.now()
    let answer: APIResponse
    do throws(ServiceProblem) {
      answer = try await service.send(
        .create(.credentials, ["nats_account_id": .string(account.text), "name": .string(draft.name)], in: account))
    } catch {
      guard error.mayHaveActed else { throw error.asChangeError(of: "account", account.text) }
      service.recent.note(account, at: service.clock.now())
      throw await lost(began).resolved(error)
    }
    service.recent.note(account, at: service.clock.now())
    do throws(ServiceProblem) {
      return try await service.read(answer, mayHaveActed: true) { [self] reader throws(ResponseProblem) in
        try issued(reader, endpoint: endpoint, replaced: replaced)
      }
    } catch {
      throw await unusable(answer, error, began)
    }
  }

  private func issued(_ reader: RowReader, endpoint: String?, replaced: CredentialID?) throws(ResponseProblem) -> IssuedCredential {
    try ListFilter(account: account).check(reader)
    let credential = try reader.credential()
    guard sameScalars(credential.name, draft.name) else { throw ResponseProblem("the credential has another name") }
    let checksum = try reader.text("checksum")
    guard let secret = reader.value("credentials"), secret.kind == .object else { throw ResponseProblem("the secret is missing") }
    let file = try RowReader(secret, service.region)
    let content = try file.text("content")
    guard content.utf8.count <= Self.longestSecret else { throw ResponseProblem("the secret is larger than the limit") }
    let computed: String
    do { computed = try credsChecksum(content) } catch { throw ResponseProblem("the secret cannot be checked") }
    guard computed == checksum else { throw ResponseProblem("the secret does not match its checksum") }
    return IssuedCredential(
      credential: credential, fileName: try file.text("name"), content: Secret(content), checksum: checksum, endpoint: endpoint,
      replaced: replaced)
  }

  private func endpoint(of account: Account) async -> String? {
    await service.executor.run(byteCount: account.json.bytes.count) {
      JSONSlice(parsing: account.json.bytes).flatMap { JSONMembers($0)?["endpoint"]?.string }
    }
  }

  /// There is a credential whose secret cannot be used. If the response is about it without doubt it is deleted again; otherwise it is looked
  /// for: a mixed-up response must not delete a bystander.
  private func unusable(_ answer: APIResponse, _ problem: ServiceProblem, _ began: Int) async -> CredentialsError {
    guard let id = await service.executor.run(byteCount: answer.bytes.count, { [self] in id(in: answer) }) else {
      return await lost(began).resolved(problem)
    }
    let service = service
    let left = await service.clock.uncancelled(atMost: LostAnswer.lookMilliseconds) { await service.undo(.credential(id)) }
    if left == nil { return problem.withOutcome(.none) }
    return problem.withOutcome(.done, more: [JSONMember("resource", "credentials"), JSONMember("resource_id", .string(id.text))])
  }

  /// The id of the credential that was asked for, by its account and name; nil where that is not plain.
  private func id(in answer: APIResponse) -> CredentialID? {
    let members = JSONSlice(parsing: answer.bytes).flatMap { JSONMembers($0) }?.all ?? []
    func only(_ name: StaticString) -> String? {
      let found = members.filter { $0.isNamed(name) }
      return found.count == 1 ? found[0].value.string : nil
    }
    guard only("nats_account_id") == account.text, let name = only("name"), sameScalars(name, draft.name) else { return nil }
    // Old responses have none.
    if members.contains(where: { $0.isNamed("region") && $0.value.kind != .null }), only("region") != service.region.name { return nil }
    return only("id").flatMap { CredentialID($0) }
  }

  private func lost(_ began: Int) -> LostAnswer {
    LostAnswer(
      service: service, endpoint: .credentials, member: "nats_credentials", filter: ListFilter(account: account),
      name: draft.name, nameIsGenerated: draft.nameIsGenerated, began: began
    ) { [service] id in
      guard let id = CredentialID(id) else { return false }
      return await service.undo(.credential(id)) == nil
    }
  }

  /// With `if_exists`: a look at all names of the account. No lock: the service has none.
  private func oldOne() async throws(CredentialsError) -> CredentialID? {
    guard draft.ifExists != .allow else { return nil }
    var found: [CredentialID] = []
    let walk = ListWalk(service: service, listing: Listing(CredentialsQuery(accountID: account)), size: 100)
    try await walk.all { if sameScalars($0.name, draft.name) { found.append($0.id) } }
    if found.isEmpty { return nil }
    let candidates = [JSONMember("candidates", .array(found.map { .string($0.text) }))]
    if draft.ifExists == .fail {
      throw CredentialsError(.alreadyExists, "the account has a credential of this name already", details: candidates)
    }
    guard found.count == 1 else {
      throw CredentialsError(.conflict, "\(found.count) credentials have this name: delete all but one first", details: candidates)
    }
    return found[0]
  }

  private static func problem(_ error: CryptoError) -> CredentialsError {
    switch error {
    case .missing(let library, let reason): .libraryMissing(library, package: "libssl3", reason: reason)
    case .unusable(let library, let path, let reason): .libraryUnusable(library, path: path, reason: reason)
    case .failed: CredentialsError(.internal, "a digest could not be computed")
    }
  }
}
