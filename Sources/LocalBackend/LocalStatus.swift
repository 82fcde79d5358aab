/// What `bridge.info` tells of the store.
package struct LocalStatus: Sendable {
  /// Accounts whose claims some nats-server has not heard of.
  package let pendingPushes: Int
  /// Of the account that has most.
  package let mostRevocations: Int
  /// Whether an account comes near the number of revocations its claims can hold.
  package var isNearTheLimit: Bool { mostRevocations >= Schema.warnedRevocations }
}
