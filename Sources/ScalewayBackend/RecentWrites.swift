import Credentials
import System

/// What this process wrote lately: the service may deny for a while that it knows of it.
final class RecentWrites: Sendable {
  private struct State {
    var accounts: [AccountID: Int] = [:]
    var last: Int?
  }

  private let state = Locked(State())

  /// `now` is on the clock that never goes back.
  func note(_ account: AccountID, at now: Int) {
    state.withLock { state in
      state.accounts = state.accounts.filter { now - $0.value < RetryPolicy.settlingMilliseconds }
      state.accounts[account] = now
      state.last = now
    }
  }

  /// It is gone by our own will: that it is not known is the truth.
  func forget(_ account: AccountID) { state.withLock { $0.accounts[account] = nil } }

  func last(of account: AccountID) -> Int? { state.withLock { $0.accounts[account] } }
  var last: Int? { state.withLock { $0.last } }
}
