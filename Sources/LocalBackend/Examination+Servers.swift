import Credentials
import NATSAuth
import NATSClient
import System

extension Examination {
  private static let milliseconds = 2_000
  private static let lookUpMilliseconds = 500
  /// Of how many accounts the servers' claims are compared; more would take long.
  private static let mostAccounts = 500
  private static let clockMilliseconds: Int64 = 30_000

  /// The server at the address of this run, at the one that nats-server.conf says, and those that ports files name.
  func servers(_ store: OpenStore) throws(StoreProblem) -> [Finding] {
    var look = ServersLook()
    look.findPorts(in: store.folder.path)
    var findings = [try server(store, store.address, &look)]
    if store.endpoint != store.address { findings.append(try server(store, store.endpoint, &look)) }
    while let text = look.unseenPorts.first(where: { look.outcomes[$0] == nil }) {
      let address: NATSAddress
      do throws(NATSAddress.Malformed) { address = try NATSAddress(parsing: text) } catch {
        look.refuse(text)
        continue
      }
      findings.append(try server(store, address, &look))
    }
    if let hidden = look.hiddenServer, !findings.contains(where: { !$0.isWell }) {
      findings.append(Finding("nats-server", isWell: false, hidden.message))
    }
    return findings
  }

  private func server(_ store: OpenStore, _ address: NATSAddress, _ look: inout ServersLook) throws(StoreProblem) -> Finding {
    let login = try store.systemLogin(for: "*")
    do throws(ServerProblem) {
      let (connection, needsEndless) = try NATSConnection.loggedIn(at: address, as: login, Deadline(milliseconds: Self.milliseconds))
      let name = "\(connection.info.name), version \(connection.info.version), at \(address.url)"
      look.see(connection, at: address.listen)
      let session = SystemSession(connection, inbox: login.key.publicKey.text)
      let difference = try clockDifference(session)
      let behind = try accountsBehind(store, session)
      var wrong: [String] = []
      if needsEndless || (difference?.magnitude ?? 0) > Self.clockMilliseconds {
        wrong.append(
          "its clock is \((difference ?? 0) / 1000) s ahead of this machine's"
            + (needsEndless ? ", so that logins that end soon are refused" : ""))
      }
      if !behind.isEmpty { wrong.append("it has other claims of \(behind.joined(separator: ", ")); doctor --repair tells it") }
      if !wrong.isEmpty { return Finding("nats-server", isWell: false, "\(name): ours, but \(wrong.joined(separator: "; "))") }
      if address.isLoopback, let peer = connection.peer, !look.ports.contains(where: { $0.addresses.contains(peer) }) {
        return Finding(
          "nats-server", .note,
          "\(name): ours; it writes no ports file, so nobody can see when it is down: reload it (--signal reload) if it runs on this machine"
        )
      }
      let seconds = (difference ?? 0) / 1000
      return Finding("nats-server", "\(name): ours" + (seconds == 0 ? "" : ", its clock \(seconds) s ahead of this machine's"))
    } catch {
      if error.reason == .refused { look.refuse(address.listen) } else { look.fail(address.listen, error) }
      let fix = error.reason == .refused ? "; start it: nats-server -c \(store.folder.configuration)" : ""
      let known = error.reason == .notOurs ? "not ours: it does not know this store's operator. " : ""
      let level: Finding.Level = error.reason == .refused && !needsServer ? .note : .ill
      return Finding("nats-server", level, "\(address.url): \(known)\(error.message)\(fix)")
    }
  }

  /// In milliseconds; nil if no server says what time it is.
  private func clockDifference(_ session: SystemSession) throws(ServerProblem) -> Int64? {
    var difference: Int64?
    session.ask(.ping, "$SYS.REQ.SERVER.PING")
    try session.collect(Deadline(milliseconds: Self.lookUpMilliseconds)) { answer in
      difference = answer?.payload.flatMap { ServerAnswer($0)?.time }.map { $0 - inputs.now() / 1000 }
      return difference != nil
    }
    return difference
  }

  /// Accounts of which a server has other claims than the store's, though none are pending. One that has none asks for them at the first
  /// login.
  private func accountsBehind(_ store: OpenStore, _ session: SystemSession) throws(ServerProblem) -> [String] {
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
    for account in accounts {
      session.ask(.before, "$SYS.REQ.ACCOUNT.\(account.id).CLAIMS.LOOKUP")
      try session.collect(Deadline(milliseconds: Self.lookUpMilliseconds)) { answer in
        guard answer?.request == .before else { return false }
        let found = StoredClaims(String(decoding: answer?.payload ?? [], as: UTF8.self), of: account.id, signedBy: key)
        if let found, found.issuedAt != account.issuedAt { behind.append(account.id) }
        return true
      }
    }
    return behind
  }

  /// Accounts that the server of this run must be told of again. Empty if it cannot be asked.
  func accountsBehind() throws(StoreProblem) -> [String] {
    let store = try OpenStore(settings, inputs, looking: true)
    let login = try store.systemLogin(for: "*")
    do throws(ServerProblem) {
      let connection = try NATSConnection.loggedIn(at: store.address, as: login, Deadline(milliseconds: Self.milliseconds)).connection
      return try accountsBehind(store, SystemSession(connection, inbox: login.key.publicKey.text))
    } catch {
      // The findings say why.
      return []
    }
  }
}
