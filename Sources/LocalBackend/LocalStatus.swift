/// What `bridge.info` tells of the store.
package struct LocalStatus: Sendable {
  /// Accounts whose claims some nats-server has not heard of.
  package let pendingPushes: Int
  /// Of the account that has most.
  package let mostRevocations: Int
  /// Whether an account comes near the number of revocations its claims can hold.
  package var isNearTheLimit: Bool { mostRevocations >= Schema.warnedRevocations }

  static let ofNothing = LocalStatus(pendingPushes: 0, mostRevocations: 0)

  init(pendingPushes: Int, mostRevocations: Int) {
    self.pendingPushes = pendingPushes
    self.mostRevocations = mostRevocations
  }

  init(_ database: Database) throws(StoreProblem) {
    let pending = try database.first("SELECT count(*) FROM pending_pushes") { $0.int(0) } ?? 0
    let most = try database.first("SELECT count(*) FROM revocations GROUP BY account_id ORDER BY 1 DESC LIMIT 1") { $0.int(0) } ?? 0
    self.init(pendingPushes: Int(pending), mostRevocations: Int(most))
  }
}
