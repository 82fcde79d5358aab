import JSON
import NATSAuth

/// Tells the servers of one account's claims, in one conversation. Blocks: only on the pusher's own thread.
struct ClaimsPush {
  private static let milliseconds = 2_000
  /// How long servers that need not answer a look-up may take to do so.
  private static let lookUpMilliseconds = 150

  let order: PushOrder
  let address: NATSAddress
  let inbox: String

  func run() -> PushReport {
    do throws(ServerProblem) {
      return try converse()
    } catch {
      var report = PushReport()
      report.nobodyListens = error.reason == .refused
      // It reads the new claims when it starts. A server known by another name is somewhere else and still has the old ones.
      if error.reason == .refused, order.isWritten {
        for server in order.knownServers.subtracting([order.ownServer]).sorted() {
          report.add(server, ServerProblem(.unreachable, "it is not reached through \(address.url), where nobody listens"))
        }
      } else if error.reason == .refused {
        report.add(order.ownServer, ServerProblem(.notWritten, "its claims file could not be written"))
      } else {
        report.add(order.ownServer, error)
      }
      return report
    }
  }

  private func converse() throws(ServerProblem) -> PushReport {
    let opening = Deadline(milliseconds: Self.milliseconds)
    let connection = try NATSConnection(address, opening)
    guard order.token.utf8.count <= connection.info.maximumPayload else {
      throw ServerProblem(.rejected, "the account's claims are larger than the server takes")
    }
    try connection.logIn(token: order.system.token, key: order.system.key, opening)
    let session = SystemSession(connection, inbox: inbox)
    var answers: [SystemSession.Request: [[UInt8]]] = [:]
    let lookUp = "$SYS.REQ.ACCOUNT.\(order.account).CLAIMS.LOOKUP"
    session.ask(.ping, "$SYS.REQ.SERVER.PING")
    session.ask(.before, lookUp)
    try session.collect(into: &answers, opening) { isEveryServer($0[.ping]) }
    let servers = parsed(answers[.ping])
    try session.collect(into: &answers, Deadline(milliseconds: Self.lookUpMilliseconds)) { $0[.before]?.count ?? 0 >= servers.count }
    var report = PushReport()
    report.newer = newer(answers[.before])
    guard report.newer.isEmpty else { return report }

    session.ask(.update, "$SYS.REQ.CLAIMS.UPDATE", Array(order.token.utf8))
    let named = Set(servers.map(\.server)).union(order.knownServers)
    try session.collect(into: &answers, Deadline(milliseconds: Self.milliseconds)) {
      Set(parsed($0[.update]).map(\.server)).isSuperset(of: named)
    }
    judge(parsed(answers[.update]), expected: named, &report)
    addUnnamed(servers, &report)
    guard report.isDone else { return report }
    try confirm(session, lookUp, servers, &answers, &report)
    if report.isDone, let probe = order.probe { try proveTrust(probe) }
    return report
  }

  private func parsed(_ payloads: [[UInt8]]?) -> [ServerAnswer] { (payloads ?? []).compactMap { ServerAnswer($0) } }

  /// All that must hear of it have answered, and as many as the servers themselves count.
  private func isEveryServer(_ pings: [[UInt8]]?) -> Bool {
    let servers = parsed(pings)
    guard let first = servers.first else { return false }
    let names = Set(servers.map(\.server))
    let active = servers.compactMap(\.activeServers).max() ?? first.activeServers ?? 1
    return names.count >= active && names.isSuperset(of: order.knownServers)
  }

  private func judge(_ updates: [ServerAnswer], expected: Set<String>, _ report: inout PushReport) {
    for server in expected.sorted() {
      let own = updates.filter { $0.server == server }
      if own.isEmpty {
        report.add(server, ServerProblem(.silent, "it did not answer"))
      } else if let refusal = own.compactMap(\.refusal).first {
        report.add(server, ServerProblem(.rejected, "it did not take the claims: \(refusal)"))
      } else {
        report.acknowledged.insert(server)
      }
    }
    for other in updates where other.refusal == nil && !expected.contains(other.server) { report.acknowledged.insert(other.server) }
  }

  /// A server the others count and nobody can name must hear of it too.
  private func addUnnamed(_ servers: [ServerAnswer], _ report: inout PushReport) {
    let active = servers.compactMap(\.activeServers).max() ?? 1
    if active > report.acknowledged.count + report.silent.count {
      report.add("?", ServerProblem(.silent, "a server of the cluster did not answer"))
    }
  }

  /// What the servers have now must be what they were told, and nobody who was revoked may still be there.
  private func confirm(
    _ session: SystemSession, _ lookUp: String, _ servers: [ServerAnswer], _ answers: inout [SystemSession.Request: [[UInt8]]],
    _ report: inout PushReport
  ) throws(ServerProblem) {
    session.ask(.after, lookUp)
    let finders = servers.filter(\.canFindUsers)
    for user in finders.isEmpty ? [] : order.revokedUsers {
      let question: JSONValue = ["auth": true, "user": .string(user)]
      session.ask(.connections, "$SYS.REQ.ACCOUNT.\(order.account).CONNZ", JSONText(question).bytes)
    }
    let wanted = finders.count * order.revokedUsers.count
    try session.collect(into: &answers, Deadline(milliseconds: Self.milliseconds)) {
      $0[.after]?.count ?? 0 >= servers.count && $0[.connections]?.count ?? 0 >= wanted
    }
    let found = answers[.after] ?? []
    report.newer = newer(found)
    if !found.contains(Array(order.token.utf8)) {
      report.add(order.ownServer, ServerProblem(.rejected, "it took the claims and does not have them"))
    }
    for answer in parsed(answers[.connections]) where answer.canFindUsers && answer.connections ?? 0 > 0 {
      report.acknowledged.remove(answer.server)
      report.add(answer.server, ServerProblem(.stillConnected, "a deleted credential still has a connection"))
    }
  }

  /// A 200 alone is no trust: claims of a stranger's operator are stored and answered 200 too.
  private func proveTrust(_ probe: ShortLivedLogin) throws(ServerProblem) {
    let deadline = Deadline(milliseconds: Self.milliseconds)
    do throws(ServerProblem) {
      try NATSConnection(address, deadline).logIn(token: probe.token, key: probe.key, deadline)
    } catch {
      throw error.reason == .notOurs ? ServerProblem(.notTrusted, "the server stored the claims and does not go by them") : error
    }
  }

  /// Claims of ours that this store has not written: as new as its own but different, or newer.
  private func newer(_ tokens: [[UInt8]]?) -> [String] {
    (tokens ?? []).map { String(decoding: $0, as: UTF8.self) }.filter { token in
      guard token != order.token, let found = StoredClaims(token, of: order.account, signedBy: order.operatorKey) else { return false }
      return found.issuedAt >= order.issuedAt
    }
  }
}
