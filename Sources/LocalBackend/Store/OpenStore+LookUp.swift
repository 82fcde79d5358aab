import NATSAuth

extension OpenStore {
  /// The newest claims of an account whose commit is on disk, also of one that is closed; nil for one that is not known here.
  func newestClaims(of account: String) throws(StoreProblem) -> String? {
    // What a token says is read in several steps, and must be of one moment. A connection on which this fails is not used again.
    try database.execute("BEGIN")
    let token = try token(of: account)
    try database.execute("COMMIT")
    return token
  }

  private func token(of account: String) throws(StoreProblem) -> String? {
    let isKnown = try database.first("SELECT 1 FROM accounts WHERE id = ?", [.text(account)]) { _ in true } ?? false
    if isKnown { return try claimsToken(account) }
    guard version >= 2 else { return nil }
    return try database.first("SELECT token FROM closed_accounts WHERE id = ? AND token <> ''", [.text(account)]) { $0.text(0) }
  }

  /// A user of the system account that hears which claims servers lack, and may do nothing but answer that.
  func lookUpLogin(seconds: Int64) throws(StoreProblem) -> ShortLivedLogin {
    try systemLogin(
      UserClaims.Permissions(subscribe: [LookUpResponder.subject], answerSeconds: LookUpResponder.answerSeconds), seconds: seconds)
  }
}
