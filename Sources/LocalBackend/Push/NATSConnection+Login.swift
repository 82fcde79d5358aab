import NATSClient
import System

extension NATSConnection {
  /// Connects and logs in. A server whose clock is ahead refuses a login that ends soon as it refuses a stranger's; one without an end tells
  /// the two apart, and `isEndless` says that it was needed. A server that takes no payload of `bytes` is told nothing.
  static func loggedIn(
    at address: NATSAddress, as login: ShortLivedLogin, taking bytes: Int = 0, _ deadline: Deadline
  ) throws(ServerProblem) -> (connection: NATSConnection, isEndless: Bool) {
    let connection = try ServerProblem.mapping { () throws(NATSClientError) in try NATSConnection(address, deadline) }
    guard bytes <= connection.info.maximumPayload else {
      throw ServerProblem(.rejected, "the account's claims are larger than the server takes")
    }
    do throws(ServerProblem) {
      try connection.logIn(as: login.token, login, deadline)
      return (connection, false)
    } catch {
      guard error.reason == .notOurs, connection.info.nonce != nil else { throw error }
      // To refuse takes a server nearly two seconds where it looks for the account elsewhere first.
      let again = Deadline(milliseconds: 2_500)
      let second = try ServerProblem.mapping { () throws(NATSClientError) in try NATSConnection(address, again) }
      do throws(ServerProblem) {
        try second.logIn(as: try login.endless(), login, again)
      } catch let other {
        throw other.reason == .notOurs ? error : other
      }
      return (second, true)
    }
  }

  /// Logs in by one token of a login.
  func logIn(as token: String, _ login: ShortLivedLogin, _ deadline: Deadline) throws(ServerProblem) {
    try ServerProblem.mapping { () throws(NATSClientError) in try logIn(token: token, key: login.key, deadline) }
  }
}
