import Credentials
import NATSAuth
import NATSClient
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Answers nats-servers that ask for the claims of an account because its file is lost, so that it heals at the next login. An actor on a
/// thread of its own, which waits at one connection; it ends with the process. It is help, not proof: in a cluster the first answer counts,
/// and a file that is older or cut is not asked for. The cure of those is the reconciler's.
actor LookUpResponder {
  static let subject = "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"
  /// A server waits for two seconds at most.
  static let answerSeconds: Int64 = 10

  private static let loginSeconds: Int64 = 3_600
  /// Some minutes before the login ends, and so that clocks may differ.
  private static let renewalMilliseconds = 3_000_000
  private static let openingMilliseconds = 5_000
  /// How long a server may say nothing before it is asked whether it is there; a nats-server asks every two minutes itself.
  private static let silenceMilliseconds = 300_000
  private static let pongMilliseconds = 10_000
  private static let firstPause = 1_000
  private static let longestPause = 60_000
  /// A server that never stops is read no faster than this, or it could take a whole core: a look-up opens the store.
  private static let mostPerSecond = 250

  private let thread = DedicatedThread()
  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  private let settings: LocalSettings
  private let inputs: SystemInputs
  private let note: @Sendable (String) -> Void
  private var connection: NATSConnection?
  private var pause = firstPause

  init(_ settings: LocalSettings, _ inputs: SystemInputs, note: @escaping @Sendable (String) -> Void) {
    self.settings = settings
    self.inputs = inputs
    self.note = note
  }

  nonisolated func start() { goOn(afterMilliseconds: 0) }

  private nonisolated func goOn(afterMilliseconds pause: Int) {
    thread.run(afterMilliseconds: pause) { self.assumeIsolated { $0.takeTurn() } }
  }

  /// A new connection, and answering on it until it is time for the next. One that works is kept until the next one stands.
  private func takeTurn() {
    var turn = Self.renewalMilliseconds
    let former = connection
    do throws(ServerProblem) {
      connection = try connected()
    } catch {
      note("look-ups of nats-servers: \(error.message)")
      turn = nextPause()
    }
    guard let connection else { return goOn(afterMilliseconds: turn) }
    let isNew = former !== connection
    if isNew, let former { drain(former) }
    let settled = Deadline(milliseconds: Self.longestPause)
    do throws(ServerProblem) {
      try answer(on: connection, isNew: isNew, until: Deadline(milliseconds: turn))
      turn = 0
    } catch {
      note("look-ups of nats-servers: \(error.message)")
      self.connection = nil
      if settled.isOver { pause = Self.firstPause }
      turn = nextPause()
    }
    goOn(afterMilliseconds: turn)
  }

  /// What came before the next connection heard everything.
  private func drain(_ former: NATSConnection) {
    do throws(ServerProblem) { try answer(on: former, isNew: false, until: Deadline(milliseconds: 100)) } catch {
      note("look-ups of nats-servers: the former connection: \(error.message)")
    }
  }

  private func nextPause() -> Int {
    defer { pause = min(pause * 2, Self.longestPause) }
    return pause
  }

  private func flush(
    _ connection: NATSConnection, _ deadline: Deadline = Deadline(milliseconds: openingMilliseconds)
  ) throws(ServerProblem) {
    try ServerProblem.mapping { () throws(NATSClientError) in try connection.flush(deadline) }
  }

  /// Logged in and subscribed; the PONG that proves it is still to come.
  private func connected() throws(ServerProblem) -> NATSConnection {
    let (address, login) = try looking { store throws(StoreProblem) in
      (store.address, try store.lookUpLogin(seconds: Self.loginSeconds))
    }
    let deadline = Deadline(milliseconds: Self.openingMilliseconds)
    let connection = try ServerProblem.mapping { () throws(NATSClientError) in try NATSConnection(address, deadline) }
    try connection.logIn(as: login.token, login, deadline)
    connection.subscribe(Self.subject)
    connection.ping()
    try flush(connection, deadline)
    return connection
  }

  /// With a connection of its own to the store, which waits for no change; makes none where there is none yet.
  private func looking<Result>(_ body: (OpenStore) throws(StoreProblem) -> Result) throws(ServerProblem) -> Result {
    guard let folder = settings.stateFolder, StateDirectory.exists(folder + "/store.db") else {
      throw ServerProblem(.store, "there is no store yet")
    }
    do throws(StoreProblem) { return try body(OpenStore(settings, inputs, looking: true)) } catch {
      throw ServerProblem(.store, error.credentialsError(outcome: .none).message)
    }
  }

  /// Until the deadline, or until the connection is of no more use. Of a new one the first PONG is still to come.
  private func answer(on connection: NATSConnection, isNew: Bool, until end: Deadline) throws(ServerProblem) {
    var second = (end: Deadline(milliseconds: 1_000), count: 0)
    var (isAsked, isProved) = (isNew, !isNew)
    while !end.isOver {
      let patience = isAsked ? Self.pongMilliseconds : Self.silenceMilliseconds
      let deadline = Deadline(milliseconds: min(patience, Int(end.remaining)))
      switch try ServerProblem.mapping({ () throws(NATSClientError) in try connection.nextOperation(deadline) }) {
      case .message(let message):
        isAsked = false
        try answer(message, on: connection)
      case .pong:
        isAsked = false
        if !isProved { note("look-ups of nats-servers are answered at \(connection.peer ?? "?")") }
        isProved = true
      case .other: isAsked = false
      case .nothing:
        if end.isOver { return }
        guard !isAsked else { throw ServerProblem(.silent, "the server no longer responds") }
        isAsked = true
        connection.ping()
        try flush(connection)
      }
      second.count += 1
      if second.end.isOver {
        second = (Deadline(milliseconds: 1_000), 0)
      } else if second.count >= Self.mostPerSecond {
        poll(nil, 0, second.end.remaining)
      }
    }
  }

  /// Nothing for an account that is not known here: another one may know it.
  private func answer(_ message: NATSMessage, on connection: NATSConnection) throws(ServerProblem) {
    let words = message.subject.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 6, PublicKey(words[3])?.kind == .account, let reply = message.reply,
      reply.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else { return }
    let account = words[3]
    let token: String?
    do throws(ServerProblem) {
      token = try looking { store throws(StoreProblem) in try store.newestClaims(of: account) }
    } catch {
      // The store's trouble, not the connection's.
      return note("the look-up of account \(account) is not answered: \(error.message)")
    }
    guard let token else { return note("the look-up of account \(account) is not answered: it is unknown") }
    // A server ends the connection of whoever sends more.
    guard token.utf8.count <= connection.info.maximumPayload else {
      return note("the look-up of account \(account) is not answered: its claims are larger than the server takes")
    }
    connection.publish(reply, Array(token.utf8))
    try flush(connection)
    note("the look-up of account \(account) is answered")
  }
}
