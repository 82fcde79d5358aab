import Credentials

/// What `bridge.info` tells of the store.
package struct LocalStatus: Sendable {
  /// Accounts whose claims some nats-server has not heard of.
  package var pendingPushes = 0
  /// Of the account that has most.
  package var mostRevocations = 0
  /// RFC 3339: an older copy of the store was restored, and what was made after this is unknown to it; nil if none was.
  package var unknownSince: String?
  /// How far the clock of the nats-server that differs most is ahead of this machine's, in milliseconds, when it was heard last; nil if
  /// none was.
  package var clockDifference: Int?
  /// Whether an account comes near the number of revocations its claims can hold.
  package var isNearTheLimit: Bool { mostRevocations >= Schema.warnedRevocations }

  static let ofNothing = LocalStatus()

  private init() {}

  init(_ database: Database) throws(StoreProblem) {
    pendingPushes = Int(try database.first("SELECT count(*) FROM pending_pushes") { $0.int(0) } ?? 0)
    mostRevocations = Int(
      try database.first("SELECT count(*) FROM revocations GROUP BY account_id ORDER BY 1 DESC LIMIT 1") { $0.int(0) } ?? 0)
    guard try database.first("PRAGMA user_version", [], { $0.int(0) }) ?? 0 >= 2 else { return }
    unknownSince = try database.first("SELECT min(unknown_since) FROM accounts WHERE unknown_since IS NOT NULL HAVING count(*) > 0") {
      UTCTime(microseconds: $0.int(0)).text
    }
    clockDifference = try database.first(
      "SELECT clock_difference FROM servers WHERE clock_difference IS NOT NULL ORDER BY abs(clock_difference) DESC LIMIT 1"
    ) { Int($0.int(0)) }
  }
}
