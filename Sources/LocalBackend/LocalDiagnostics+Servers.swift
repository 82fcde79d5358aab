import Credentials
import NATSAuth
import NATSClient
import System

extension LocalDiagnostics {
  private static let milliseconds = 2_000
  private static let lookUpMilliseconds = 500
  /// Of how many accounts the servers' claims are compared; more would take long.
  private static let mostAccounts = 500
  private static let clockMilliseconds: Int64 = 30_000

  /// The server at the address of this run, at the one that nats-server.conf says, and those that ports files name.
  func servers(_ store: OpenStore) throws(StoreProblem) -> [Diagnostic] {
    var look = ServersLook()
    look.findPorts(in: store.folder.path)
    var diagnostics = [try server(store, store.address, &look)]
    if store.endpoint != store.address { diagnostics.append(try server(store, store.endpoint, &look)) }
    while let text = look.unseenPorts.first(where: { look.outcomes[$0] == nil }) {
      let address: NATSAddress
      do throws(NATSAddress.Malformed) { address = try NATSAddress(parsing: text) } catch {
        look.refuse(text)
        continue
      }
      diagnostics.append(try server(store, address, &look))
    }
    if let hidden = look.hiddenServer, !diagnostics.contains(where: { !$0.passed }) {
      diagnostics.append(Diagnostic("nats-server", passed: false, hidden.message))
    }
    return diagnostics
  }

  private func server(_ store: OpenStore, _ address: NATSAddress, _ look: inout ServersLook) throws(StoreProblem) -> Diagnostic {
    let login = try store.systemLogin(for: "*")
    do throws(ServerProblem) {
      let (connection, needsEndless) = try NATSConnection.loggedIn(at: address, as: login, Deadline(milliseconds: Self.milliseconds))
      let name = "\(connection.info.name), version \(connection.info.version), at \(address.url)"
      look.see(connection, at: address.listen)
      let session = SystemSession(connection, inbox: login.key.publicKey.text)
      let pinged = try pinged(session)
      let difference = pinged?.time.map { $0 - inputs.now() / 1000 }
      let behind = try accountsBehind(store, session, servers: pinged?.activeServers ?? 1)
      var wrong: [String] = []
      if needsEndless || (difference?.magnitude ?? 0) > Self.clockMilliseconds {
        wrong.append(
          "its clock is \((difference ?? 0) / 1000) s ahead of this machine's"
            + (needsEndless ? ", so that logins that end soon are refused" : ""))
      }
      if !behind.isEmpty { wrong.append("it has other claims of \(behind.joined(separator: ", ")); doctor --repair updates it") }
      if !wrong.isEmpty {
        return Diagnostic("nats-server", passed: false, "\(name): operator matches, but \(wrong.joined(separator: "; "))")
      }
      if address.isLoopback, let peer = connection.peer, !look.ports.contains(where: { $0.addresses.contains(peer) }) {
        return Diagnostic(
          "nats-server", .note,
          "\(name): operator matches; it writes no ports file, so it cannot be seen when it is down: reload it (--signal reload) if it runs on this machine"
        )
      }
      let seconds = (difference ?? 0) / 1000
      return Diagnostic(
        "nats-server", "\(name): operator matches" + (seconds == 0 ? "" : ", its clock \(seconds) s ahead of this machine's"))
    } catch {
      if error.reason == .refused { look.refuse(address.listen) } else { look.fail(address.listen, error) }
      let fix = error.reason == .refused ? "; start it: nats-server -c \(store.folder.configuration)" : ""
      let known = error.reason == .notOurs ? "operator does not match. " : ""
      return Diagnostic("nats-server", passed: false, "\(address.url): \(known)\(error.message)\(fix)")
    }
  }

  /// The first answer to a ping of every server; nil if none answers.
  private func pinged(_ session: SystemSession) throws(ServerProblem) -> ServerAnswer? {
    var first: ServerAnswer?
    session.ask(.ping, "$SYS.REQ.SERVER.PING")
    try session.collect(Deadline(milliseconds: Self.lookUpMilliseconds)) { answer in
      first = answer?.payload.flatMap(ServerAnswer.init)
      return first != nil
    }
    return first
  }

  /// Accounts of which one of so many servers has other claims than the store's, or judges logins by others, though none are pending. A server
  /// that has none asks for them at the first login.
  private func accountsBehind(_ store: OpenStore, _ session: SystemSession, servers: Int) throws(ServerProblem) -> [String] {
    var accounts: [(id: String, issuedAt: Int64)] = []
    do throws(StoreProblem) {
      try store.database.run(
        """
        SELECT id, claims_iat FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM pending_pushes p WHERE p.account_id = a.id)
        ORDER BY id LIMIT \(Self.mostAccounts)
        """
      ) { accounts.append(($0.text(0), $0.int(1))) }
    } catch { throw ServerProblem(.store, error.credentialsError(outcome: .none).message) }
    let key = store.operatorSigner.publicKey.text
    var behind: [String] = []
    // After the first account, as many as answered: a server that is gone may be counted, and not every resolver can be looked up.
    var expected = (lookUps: servers, infos: servers)
    for account in accounts {
      var (found, lookUps, infos): ([String], Int, Int) = ([], 0, 0)
      session.ask(.before, "$SYS.REQ.ACCOUNT.\(account.id).CLAIMS.LOOKUP")
      session.ask(.loaded, "$SYS.REQ.ACCOUNT.\(account.id).INFO")
      try session.collect(Deadline(milliseconds: Self.lookUpMilliseconds)) { answer in
        switch answer?.request {
        case .before:
          lookUps += 1
          found.append(String(decoding: answer?.payload ?? [], as: UTF8.self))
        case .loaded:
          infos += 1
          if let claims = answer?.payload.flatMap(ServerAnswer.init)?.loadedClaims { found.append(claims) }
        default: break
        }
        return lookUps >= expected.lookUps && infos >= expected.infos
      }
      expected = (min(lookUps, expected.lookUps), min(infos, expected.infos))
      let claims = Set(found).compactMap { StoredClaims($0, of: account.id, signedBy: key) }
      if claims.contains(where: { $0.issuedAt != account.issuedAt }) { behind.append(account.id) }
    }
    return behind
  }

  /// Accounts that the server of this run must be told of again. Empty if it cannot be asked.
  func accountsBehind() throws(StoreProblem) -> [String] {
    let store = try OpenStore(settings, inputs, looking: true)
    let login = try store.systemLogin(for: "*")
    do throws(ServerProblem) {
      let connection = try NATSConnection.loggedIn(at: store.address, as: login, Deadline(milliseconds: Self.milliseconds)).connection
      let session = SystemSession(connection, inbox: login.key.publicKey.text)
      return try accountsBehind(store, session, servers: try pinged(session)?.activeServers ?? 1)
    } catch {
      // The diagnostics say why.
      return []
    }
  }
}
