import JSON
import NATSAuth
import NATSClient
import System

/// Tells the server at one address, and every server that it reaches, of one account's claims. Blocks: only on the reconciler's thread.
struct Conversation {
  static let milliseconds = 2_000
  /// How long servers that need not answer a look-up may take to do so.
  private static let lookUpMilliseconds = 150
  /// How long the leader may take to begin a purge. Where a cluster has none yet, the deletion is not held up by it for longer.
  private static let purgeMilliseconds = 800
  let order: PushOrder
  let inbox: String
  /// Microseconds since 1970 by this machine's clock.
  let now: @Sendable () -> Int64

  /// What one address said.
  struct Result {
    /// The server that was dialled, in numbers.
    var peer: String?
    var heard: [String: HeardServer] = [:]
    var problems: [(server: String, problem: ServerProblem)] = []
    /// Servers that the others count, that did not answer, and that no known server explains.
    var unexplained = 0
    var newer: [String] = []
    /// A server took the claims and judges logins by older ones. The same claims once more would have no effect on it.
    var isStale = false
    var isPurged: Bool?

    var isDone: Bool { problems.isEmpty && newer.isEmpty }
  }

  /// `awaited`: servers that must answer here, as far as is known.
  func run(at address: NATSAddress, awaiting awaited: Set<String>) throws(ServerProblem) -> Result {
    let opening = Deadline(milliseconds: Self.milliseconds)
    let (connection, isEndless) = try NATSConnection.loggedIn(
      at: address, as: order.system, taking: order.token.utf8.count, opening)
    let session = SystemSession(connection, inbox: inbox)
    var result = Result()
    result.peer = connection.peer ?? address.listen
    let lookUp = "$SYS.REQ.ACCOUNT.\(order.account).CLAIMS.LOOKUP"
    var servers: [String: ServerAnswer] = [:]
    var (found, loaded): ([String], [String: String?]) = ([], [:])
    session.ask(.ping, "$SYS.REQ.SERVER.PING")
    session.ask(.before, lookUp)
    session.ask(.loaded, info)
    try session.collect(opening) { answer throws(ServerProblem) in
      try take(answer, &servers, &found, &loaded)
      return !servers.isEmpty && Set(servers.values.map { name(of: $0, connection) }).isSuperset(of: awaited) && uncounted(servers) <= 0
    }
    try session.collect(Deadline(milliseconds: Self.lookUpMilliseconds)) { answer throws(ServerProblem) in
      try take(answer, &servers, &found, &loaded)
      return found.count >= servers.count && loaded.count >= servers.count
    }
    result.newer = newer(found)
    guard result.newer.isEmpty else { return result }
    for server in servers.values { add(server, connection, &result) }

    var updates: [String: ServerAnswer] = [:]
    session.ask(.update, "$SYS.REQ.CLAIMS.UPDATE", Array(order.token.utf8))
    let expected = Set(result.heard.keys).union(awaited)
    try session.collect(Deadline(milliseconds: Self.milliseconds)) { answer throws(ServerProblem) in
      if answer?.request == .update, let update = try read(answer) { updates[name(of: update, connection)] = update }
      return Set(updates.keys).isSuperset(of: expected)
    }
    judge(updates, expected, connection, &result)
    let counted = servers.merging(updates) { ping, _ in ping }
    result.unexplained = uncounted(counted)
    guard result.isDone else { return result }
    // Where every server had loaded the account, what it goes by now is asked in the same breath.
    let isLoaded = !loaded.isEmpty && !loaded.values.contains(nil)
    if isLoaded { session.ask(.loaded, info) }
    var used = try confirm(session, lookUp, updates, servers, connection, &result, loaded: isLoaded ? loaded.count : 0)
    if result.newer.isEmpty, !isLoaded, !loaded.isEmpty { used = try loadedLater(session, loaded.count) }
    if result.newer.isEmpty { judgeLoaded(used, connection, &result) }
    if result.isDone, order.isPurging { result.isPurged = try purge(session, servers) }
    if result.isDone, let probe = order.probe { try proveTrust(probe, at: address, isEndless) }
    return result
  }

  /// A server without a name is called by the address at which it was dialled, because its id changes with every start.
  func name(of server: ServerAnswer, _ connection: NATSConnection) -> String {
    server.name == server.id && server.id == connection.info.id ? connection.peer ?? server.name : server.name
  }

  private func add(_ server: ServerAnswer, _ connection: NATSConnection, _ result: inout Result) {
    let name = name(of: server, connection)
    var heard = HeardServer(name: name, id: server.id)
    if server.id == connection.info.id, let peer = result.peer { heard.addresses = [peer] }
    heard.clockDifference = server.time.map { $0 - now() / 1000 }
    result.heard[name] = heard
  }

  func read(_ answer: SystemSession.Answer?) throws(ServerProblem) -> ServerAnswer? {
    guard let answer else { return nil }
    guard let payload = answer.payload else { throw ServerProblem(.rejected, "the server has no resolver that takes claims") }
    return ServerAnswer(payload)
  }

  var info: String { "$SYS.REQ.ACCOUNT.\(order.account).INFO" }

  /// `loaded`: by the server's id, the claims it goes by; nil while the account is not loaded.
  private func take(
    _ answer: SystemSession.Answer?, _ servers: inout [String: ServerAnswer], _ found: inout [String], _ loaded: inout [String: String?]
  ) throws(ServerProblem) {
    switch answer?.request {
    case .ping: if let server = try read(answer) { servers[server.id] = server }
    case .before: found.append(String(decoding: answer?.payload ?? [], as: UTF8.self))
    case .loaded: if let server = answer?.payload.flatMap(ServerAnswer.init) { loaded[server.id] = .some(server.loadedClaims) }
    default: break
    }
  }

  /// How many servers are counted by those that answered, did not answer themselves, and are explained by none that is known.
  private func uncounted(_ servers: [String: ServerAnswer]) -> Int {
    let ids = Set(servers.values.map(\.id))
    let missing = servers.values.map { server in
      (server.activeServers ?? 1).subtractingReportingOverflow(ids.count + staleIDs(countedBy: server, besides: ids)).partialValue
    }
    return missing.max() ?? 0
  }

  /// For minutes a server goes on counting a neighbour that was killed, or started anew under another id: how many such ids it may count. Only
  /// those that it can have met, or a server that nobody knows would be taken for one of them.
  private func staleIDs(countedBy server: ServerAnswer, besides ids: Set<String>) -> Int {
    guard let own = order.knownServers.first(where: { $0.id == server.id }) else { return 0 }
    let former = order.formerIDs.filter { $0.value > own.since && !ids.contains($0.key) }.count
    let known = order.knownServers.count { $0.name != own.name && !$0.id.isEmpty && !ids.contains($0.id) && $0.since >= own.since }
    return former + known
  }

  private func judge(
    _ updates: [String: ServerAnswer], _ expected: Set<String>, _ connection: NATSConnection, _ result: inout Result
  ) {
    for name in expected.sorted() where updates[name] == nil {
      result.heard[name] = nil
      result.problems.append((name, ServerProblem(.silent, "it did not respond")))
    }
    for (name, update) in updates.sorted(by: { $0.key < $1.key }) {
      if let refusal = update.refusal {
        result.heard[name] = nil
        if expected.contains(name) { result.problems.append((name, ServerProblem(.rejected, "it did not accept the claims: \(refusal)"))) }
      } else if result.heard[name] == nil {
        add(update, connection, &result)
      }
    }
  }

  /// In a cluster only the leader answers; where no server keeps streams nobody does, and nothing is to go.
  private func purge(_ session: SystemSession, _ servers: [String: ServerAnswer]) throws(ServerProblem) -> Bool {
    if !servers.isEmpty, servers.values.allSatisfy({ $0.hasJetStream == false }) { return true }
    var isPurged = false
    session.ask(.purge, "$JS.API.ACCOUNT.PURGE.\(order.account)")
    try session.collect(Deadline(milliseconds: Self.purgeMilliseconds)) { answer in
      guard answer?.request == .purge else { return false }
      isPurged = answer?.payload.flatMap { JSONSlice(parsing: $0)?.value["initiated"] } == .bool(true)
      return true
    }
    return isPurged
  }

  /// A 200 alone is no trust: claims of a stranger's operator are stored and answered 200 too.
  private func proveTrust(_ probe: ShortLivedLogin, at address: NATSAddress, _ isEndless: Bool) throws(ServerProblem) {
    let deadline = Deadline(milliseconds: Self.milliseconds)
    do throws(ServerProblem) {
      let token = isEndless ? try probe.endless() : probe.token
      let connection = try ServerProblem.mapping { () throws(NATSClientError) in try NATSConnection(address, deadline) }
      try connection.logIn(as: token, probe, deadline)
    } catch {
      throw error.reason == .notOurs ? ServerProblem(.notTrusted, "the server stored the claims but does not use them") : error
    }
  }

  /// Claims of ours that this store has not written: as new as its own but different, newer, or of another copy of the store.
  func newer(_ tokens: [String]) -> [String] {
    tokens.filter { token in
      guard token != order.token, let found = StoredClaims(token, of: order.account, signedBy: order.operatorKey) else { return false }
      return found.issuedAt >= order.issuedAt || order.written.areWithout(found.issuedAt)
    }
  }
}
