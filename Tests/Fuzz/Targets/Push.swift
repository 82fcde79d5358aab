import NATSClient
import System

@testable import LocalBackend
@testable import NATSAuth

/// A whole push, with a server that says whatever it likes: it ends, its report is printable, nothing secret is sent, and claims that no server
/// shows are not taken for told.
extension FuzzTarget {
  private static let mark = Array("\n~\n".utf8)

  /// What the server sends, all at once; behind a line `~`, what it sends to a second connection.
  static let nats = FuzzTarget(name: "nats") { input in
    let parts = input.split(separator: mark, maxSplits: 1).map { Array($0) }
    let server = try SayingServer(parts.first ?? [], parts.count > 1 ? parts[1] : [])
    let address = try NATSAddress("127.0.0.1:\(server.port)")
    let order = try PushOrder.ofTests(knowing: address)
    let push = ClaimsPush(
      order: order, addresses: [address], portsFolder: "/", isWritten: true, awaitsPorts: false, inbox: "i",
      now: { 1_800_000_000_000_000 })
    let report = push.run()
    let heard = server.stop()
    try promise(!report.nobodyListens, "it is taken for a server that is not there")
    for told in report.silent {
      try promise((told.server + told.message).utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "a report is not printable")
    }
    let seed = Array(order.system.key.seed.utf8)
    try promise(heard.allSatisfy { $0.firstRange(of: seed) == nil }, "a seed is sent")
    guard report.isDone else { return }
    try promise(parts.first?.firstRange(of: order.token.utf8) != nil, "claims are taken for told that the server never showed")
    try promise(heard.first?.firstRange(of: Array("$SYS.REQ.CLAIMS.UPDATE".utf8)) != nil, "it is done, and no claims were sent")
    try promise(parts.count > 1, "it is done, and trust was not proved")
  }
}

extension PushOrder {
  /// Always the same, so that an input means the same each time.
  fileprivate static func ofTests(knowing address: NATSAddress) throws -> PushOrder {
    let inputs = SystemInputs(now: { 1_800_000_000_000_000 }, random: { [UInt8](repeating: 9, count: $0) })
    let (signer, account) = (try KeyPair(.operator, random: Array(1...32)), try KeyPair(.account, random: Array(2...33)))
    let login = try ShortLivedLogin(of: account.publicKey, signedBy: account, permissions: .init(), inputs)
    let known = KnownServer(name: "own", id: "N1", since: 1_700_000_000_000_000, addresses: [address.listen], isLocal: false)
    return PushOrder(
      account: account.publicKey.text, token: "CLAIMS", issuedAt: 1_800_000_000, ownServer: "own", knownServers: [known], formerIDs: [:],
      operatorKey: signer.publicKey.text, system: login, probe: login, revokedUsers: ["UUSER"], isRevoking: true, isPurging: false)
  }
}
