/// Which claims of an account this copy of the store has written and may have told a server, back to the newest that every server has
/// acknowledged. By these a server's claims are told apart that another copy wrote: one that was put back signs by today's clock, so its claims
/// seem newer than what they take back. Empty where an older version of the store knows of none.
struct WrittenClaims: Sendable {
  /// In the order of `issuedAt`.
  private var rows: [(issuedAt: Int64, generation: Int64, committedAt: Int64)] = []

  /// None.
  init() {}

  init(of account: String, _ store: OpenStore) throws(StoreProblem) {
    guard store.version >= 3 else { return }
    var found = rows
    try store.database.run(
      "SELECT claims_iat, generation, committed_at FROM written_claims WHERE account_id = ? ORDER BY claims_iat", [.text(account)]
    ) { found.append(($0.int(0), $0.int(1), $0.int(2))) }
    rows = found
  }

  /// Whether claims of this time are newer than what every server has acknowledged, and none of these.
  func areWithout(_ issuedAt: Int64) -> Bool {
    guard let first = rows.first else { return false }
    return issuedAt > first.issuedAt && !rows.contains { $0.issuedAt == issuedAt }
  }

  /// The last ones that were written before claims of this time.
  func newest(upTo issuedAt: Int64) -> (generation: Int64, committedAt: Int64)? {
    rows.last { $0.issuedAt <= issuedAt }.map { ($0.generation, $0.committedAt) }
  }
}
