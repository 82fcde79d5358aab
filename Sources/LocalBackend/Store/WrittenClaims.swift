/// Which claims of an account this copy of the store has written and may have told a server, back to the newest that every server has
/// acknowledged. By these a server's claims are told apart that another copy wrote: one that was put back signs by today's clock, so its claims
/// seem newer than what they take back.
struct WrittenClaims: Sendable {
  /// In the order of `issuedAt`; times in seconds and, `committedAt`, microseconds since 1970.
  var rows: [(issuedAt: Int64, generation: Int64, committedAt: Int64)] = []

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
