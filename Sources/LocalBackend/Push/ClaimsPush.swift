import NATSClient
import System

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Tells every server that must hear of one account's claims, wherever it may be, and judges whether all have heard. Blocks: only on the
/// reconciler's thread.
///
/// An address proves little: a shell without `NATS_URL`, a tunnel that is closed and a server that moved all refuse connections while the
/// server that once acknowledged claims lets everybody in. So what counts is the servers that are known, by name.
struct ClaimsPush {
  let order: PushOrder
  /// The URL of this run, and what the configuration of the state folder says.
  let addresses: [NATSAddress]
  /// Where nats-servers of this state folder write their ports files.
  let portsFolder: String
  /// Whether the claims stand in resolver/, where a server that is down will find them.
  let isWritten: Bool
  /// Whether a server may have begun to listen so lately that its ports file is not there yet.
  let awaitsPorts: Bool
  let inbox: String
  let now: @Sendable () -> Int64

  /// A server writes its ports file a moment after it listens.
  private static let portsMilliseconds: Int32 = 50

  func run() -> PushReport {
    var look = ServersLook()
    look.findPorts(in: portsFolder)
    // Servers of this machine that are down need not be awaited by their neighbours.
    for server in order.knownServers where server.isLocal {
      for address in server.addresses where !addresses.contains(where: { $0.listen == address }) { tryWhetherRefused(address, &look) }
    }
    if let first = addresses.first { dial(first, &look) }
    dialTheRest(&look)
    if awaitsPorts, look.acknowledged.isEmpty, look.newer.isEmpty {
      poll(nil, 0, Self.portsMilliseconds)
      look.findPorts(in: portsFolder)
      dialTheRest(&look)
    }
    // Once for each start of a server: what is not seen now is not believed to be down later.
    if look.isUnlocated(besides: Set(order.knownServers.map(\.id))) {
      poll(nil, 0, Self.portsMilliseconds)
      look.findPorts(in: portsFolder)
      look.locate()
    }
    return report(look)
  }

  private func dialTheRest(_ look: inout ServersLook) {
    for address in addresses { dial(address, &look) }
    for text in look.unseenPorts { dial(text, &look) }
    for server in order.knownServers where look.acknowledged[server.name] == nil {
      // They were dialled before, by order of the user or of a ports file.
      for text in server.addresses where look.acknowledged[server.name] == nil { dial(text, &look) }
    }
  }

  private func dial(_ text: String, _ look: inout ServersLook) {
    do throws(NATSAddress.Malformed) { dial(try NATSAddress(parsing: text), &look) } catch { look.refuse(text) }
  }

  private func dial(_ address: NATSAddress, _ look: inout ServersLook) {
    guard look.newer.isEmpty, look.outcomes[address.listen] == nil else { return }
    let awaited = order.knownServers.filter { look.acknowledged[$0.name] == nil && !look.isGone($0) }.map(\.name)
    do throws(ServerProblem) {
      look.take(try Conversation(order: order, inbox: inbox, now: now).run(at: address, awaiting: Set(awaited)), at: address.listen)
    } catch {
      if error.reason == .refused { look.refuse(address.listen) } else { look.fail(address.listen, error) }
    }
  }

  private func tryWhetherRefused(_ text: String, _ look: inout ServersLook) {
    guard look.outcomes[text] == nil else { return }
    do throws(NATSAddress.Malformed) {
      // Whatever else it is, the conversation will say.
      if NATSConnection.isRefused(at: try NATSAddress(parsing: text), Deadline(milliseconds: 200)) { look.refuse(text) }
    } catch {
      look.refuse(text)
    }
  }

  private func report(_ look: ServersLook) -> PushReport {
    var report = PushReport()
    report.acknowledged = look.acknowledged
    report.newer = look.newer
    report.isStale = look.isStale
    report.isPurged = order.isPurging ? !look.purges.isEmpty && look.purges.allSatisfy { $0 } : nil
    guard look.newer.isEmpty else { return report }
    for server in order.knownServers where look.acknowledged[server.name] == nil && !look.isGone(server) {
      report.add(server.name, look.problem(of: server, through: addresses.first?.url ?? ""))
    }
    let named = Set(order.knownServers.map(\.name))
    for (server, problem) in look.problems where look.acknowledged[server] == nil && !named.contains(server) { report.add(server, problem) }
    if look.unexplained > report.silent.count { report.add("?", ServerProblem(.silent, "a server of the cluster did not respond")) }
    guard look.acknowledged.isEmpty, report.isDone else { return report }
    // Nobody took them. Where no server is known, every address must refuse: whoever starts later reads the file.
    if order.knownServers.isEmpty, let failure = look.failure ?? look.hiddenServer { report.add(order.ownServer, failure) }
    guard report.isDone else { return report }
    if isWritten {
      report.nobodyListens = true
    } else {
      report.add(order.ownServer, ServerProblem(.notWritten, "its claims file could not be written"))
    }
    return report
  }
}
