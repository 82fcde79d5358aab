import JSON
import NATSAuth
import NATSClient
import System

/// Whether what was told has come about. An acknowledgement alone proves nothing.
extension Conversation {
  /// How long logins that load an account may take from reading its claims to going by them: each verifies them, and several may on a busy
  /// machine. Of small claims one takes 0.2 ms, of 160 KiB 5.
  private var loadingMilliseconds: Int { 25 + order.token.utf8.count >> 10 }

  /// Of so many credentials at once the connections are looked for: each group has its own time, because a server with many looks through all.
  private static let usersAtOnce = 64

  /// What the servers have now must be what they were told, and nobody who was revoked may still be there. A resolver that only caches
  /// has nothing to look up, and is not waited for. `loaded`: how many servers were asked what they go by;
  /// their answers are returned.
  func confirm(
    _ session: SystemSession, _ lookUp: String, _ updates: [String: ServerAnswer], _ servers: [String: ServerAnswer],
    _ connection: NATSConnection, _ result: inout Result, loaded: Int
  ) throws(ServerProblem) -> [ServerAnswer] {
    session.ask(.after, lookUp)
    let copies = updates.values.count { !$0.isCache && $0.refusal == nil }
    let finders = servers.values.count(where: \.canFindUsers)
    var users = finders == 0 ? [] : order.revokedUsers[...]
    var found: [String] = []
    var counts: [ServerAnswer] = []
    var (wanted, used): (Int, [ServerAnswer]) = (0, [])
    var isComplete = false
    repeat {
      // A server of more answers would be taken for a hostile one.
      let some = users.prefix(min(Self.usersAtOnce, max(1, SystemSession.mostAnswers / 2 / max(1, servers.count))))
      users = users.dropFirst(some.count)
      for user in some {
        let question: JSONValue = ["auth": true, "user": .string(user)]
        session.ask(.connections, "$SYS.REQ.ACCOUNT.\(order.account).CONNZ", JSONText(question).bytes)
      }
      wanted += finders * some.count
      try session.collect(Deadline(milliseconds: Self.milliseconds)) { answer throws(ServerProblem) in
        switch answer?.request {
        case .after: found.append(String(decoding: answer?.payload ?? [], as: UTF8.self))
        case .connections: if let count = try read(answer), count.canFindUsers { counts.append(count) }
        case .loaded: if let server = answer?.payload.flatMap(ServerAnswer.init) { used.append(server) }
        default: break
        }
        isComplete = found.count >= copies && counts.count >= wanted && used.count >= loaded
        return isComplete
      }
    } while !users.isEmpty && isComplete
    result.newer = newer(found)
    if copies > 0, !found.contains(order.token) {
      let dialled = connection.info
      let name = dialled.name == dialled.id ? result.peer ?? dialled.name : dialled.name
      result.heard[name] = nil
      result.problems.append((name, ServerProblem(.rejected, "it accepted the claims but does not have them")))
    }
    for count in counts where count.connections ?? 0 > 0 {
      let name = name(of: count, connection)
      result.heard[name] = nil
      result.problems.append((name, ServerProblem(.stillConnected, "a deleted credential still has a connection")))
    }
    let looks = Dictionary(grouping: counts, by: \.id)
    for server in servers.values where server.canFindUsers && looks[server.id, default: []].count < order.revokedUsers.count {
      let name = name(of: server, connection)
      result.heard[name] = nil
      result.problems.append((name, ServerProblem(.silent, "it does not say of each deleted credential whether it has connections")))
    }
    return used
  }

  /// A server that loads an account for a login reads its claims first and goes by them a moment later. Claims that come in between it takes,
  /// writes, answers 200 and shows to whoever looks them up, and lets everybody in by the older ones; seen on 2.15.1, in one of 300 deletions
  /// during which clients logged in for the first time after the server's start. So what a server goes by is looked at, too; where the account
  /// was not loaded before the push, when that moment is over.
  func loadedLater(_ session: SystemSession, _ count: Int) throws(ServerProblem) -> [ServerAnswer] {
    try session.collect(Deadline(milliseconds: loadingMilliseconds)) { _ in false }
    session.ask(.loaded, info)
    var answers: [ServerAnswer] = []
    try session.collect(Deadline(milliseconds: Self.milliseconds)) { answer in
      if answer?.request == .loaded, let server = answer?.payload.flatMap(ServerAnswer.init) { answers.append(server) }
      return answers.count >= count
    }
    return answers
  }

  func judgeLoaded(_ answers: [ServerAnswer], _ connection: NATSConnection, _ result: inout Result) {
    for server in answers {
      guard let claims = server.loadedClaims, claims != order.token else { continue }
      let name = name(of: server, connection)
      result.heard[name] = nil
      result.isStale = true
      result.problems.append((name, ServerProblem(.rejected, "it accepted the claims but uses older ones")))
    }
  }
}
