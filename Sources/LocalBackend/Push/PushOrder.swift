/// Everything that telling the servers of one account's claims needs, read from the store in one transaction.
struct PushOrder: Sendable {
  let account: String
  /// The newest committed claims.
  let token: String
  let issuedAt: Int64
  /// The server of the generated configuration.
  let ownServer: String
  /// Servers that once acknowledged claims of this account.
  let knownServers: [KnownServer]
  /// Ids that servers had before they were started anew, not long ago, and until when: their neighbours may still count them.
  let formerIDs: [String: Int64]
  /// Whose key signs, so that what a server has can be told from a stranger's.
  let operatorKey: String
  /// A user of the system account.
  let system: ShortLivedLogin
  /// A user of the account itself, to prove that the claims are trusted; only before the first acknowledgement.
  let probe: ShortLivedLogin?
  /// Keys whose connections must be gone: of all that may be deleted together; of more, or of a closed account, some.
  let revokedUsers: [String]
  /// Whether these claims take something away.
  let isRevoking: Bool
  /// Whether the streams of the account are to go, once it is closed.
  let isPurging: Bool
  /// By which a server's claims are told apart that another copy of the store wrote.
  var written = WrittenClaims()

  static func permissions(for account: String, purging: Bool) -> (publish: [String], subscribe: [String]) {
    let always = [
      "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.\(account).CLAIMS.LOOKUP", "$SYS.REQ.ACCOUNT.\(account).INFO",
      "$SYS.REQ.ACCOUNT.\(account).CONNZ",
    ]
    return (always + (purging ? ["$JS.API.ACCOUNT.PURGE.\(account)"] : []), ["_INBOX.>"])
  }
}
