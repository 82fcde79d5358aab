import Credentials
import JSON

/// What becomes of a creation whose response was lost: nobody holds its secret, so it is looked for, and deleted again if it can only be ours.
/// It is never made anew, and not finding it never proves that it is not there.
struct LostAnswer {
  /// For the look and the deletion together.
  static let lookMilliseconds = 9_500
  /// What was not there at once may be there a little later.
  private static let pauses = [0, 500, 2_000]

  /// A row that bears the name and is young enough.
  private struct Candidate: Sendable {
    let id: String
    let name: String
    /// By the service's clock, in seconds since 1970; nil where it cannot be read.
    let createdAt: Int64?
  }

  let service: Service
  let endpoint: Endpoint
  /// The member of the list's response that holds the rows.
  let member: StaticString
  let filter: ListFilter
  let name: String
  let nameIsGenerated: Bool
  /// On our own clock, before the creation was sent.
  let began: Int
  let delete: @Sendable (String) async -> Bool

  /// The error with the outcome that was found.
  func resolved(_ problem: ServiceProblem) async -> CredentialsError {
    let found = await service.clock.uncancelled(atMost: Self.lookMilliseconds) { await look() }
    if found.isUndone { return problem.withOutcome(.none) }
    return problem.withOutcome(.unknown, more: [JSONMember("candidates", .array(found.candidates.map { .string($0) }))])
  }

  private func look() async -> (candidates: [String], isUndone: Bool) {
    for pause in Self.pauses {
      if pause > 0 { await service.clock.sleep(pause) }
      let ids: [String]
      do throws(ServiceProblem) { ids = try await candidates() } catch { return ([], false) }
      if ids.isEmpty { continue }
      guard nameIsGenerated, ids.count == 1 else { return (ids, false) }
      return (ids, await delete(ids[0]))
    }
    return ([], false)
  }

  /// The newest page is enough: whatever was made since the creation began is on it.
  private func candidates() async throws(ServiceProblem) -> [String] {
    let newest = Listing<Candidate>(
      endpoint: endpoint, member: member, filter: filter, order: .createdAtDescending,
      read: { reader throws(ResponseProblem) in
        try reader.checkRegion()
        let created = reader.value("created_at")?.string.flatMap { UTCTime(sortable: $0)?.seconds }
        let id = try reader.text("id")
        guard UUIDText(id) != nil || AccountID(id) != nil else { throw ResponseProblem("an id is not valid") }
        return Candidate(id: id, name: try reader.text("name"), createdAt: created)
      })
    let (rows, _, answer) = try await service.rows(of: newest, page: 1, size: 100)
    // The service's clock when the creation began; a second for what its header leaves out, and one for ours.
    let since = answer.date.map { $0.seconds - Int64(service.clock.now() - began) / 1000 - 2 }
    return rows.map(\.row).filter { row in
      guard sameScalars(row.name, name) else { return false }
      guard let since, let createdAt = row.createdAt else { return true }
      return createdAt >= since
    }.map(\.id)
  }
}
