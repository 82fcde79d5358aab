import Credentials
import NATSClient

/// What was seen of the servers while they were told of one account's claims; and which of them are gone.
struct ServersLook {
  enum Outcome {
    case refused
    /// A server of ours answered there; its name.
    case answered(String)
    case failed(ServerProblem)
  }

  /// By `host:port`, as it was dialled and in numbers.
  private(set) var outcomes: [String: Outcome] = [:]
  /// Why the first address failed that neither refused nor answered.
  private(set) var failure: ServerProblem?
  /// Live ports files of the state folder.
  private(set) var ports: [PortsFile] = []
  private var portsFailure: ServerProblem?
  private(set) var acknowledged: [String: HeardServer] = [:]
  private(set) var problems: [(server: String, problem: ServerProblem)] = []
  private(set) var newer: [String] = []
  private(set) var isStale = false
  /// Of each conversation in which streams were to go, whether they are gone.
  private(set) var purges: [Bool] = []
  private var counts: [(unexplained: Int, heard: Set<String>)] = []

  /// Reads the ports files of the state folder, anew.
  mutating func findPorts(in folder: String) {
    portsFailure = nil
    do throws(StoreProblem) { ports = try PortsFile.all(in: folder).filter(\.isLive) } catch {
      portsFailure = ServerProblem(.store, error.credentialsError(outcome: .none).message)
    }
  }

  mutating func refuse(_ address: String) { outcomes[address] = .refused }

  mutating func fail(_ address: String, _ problem: ServerProblem) {
    outcomes[address] = .failed(problem)
    failure = failure ?? problem
  }

  /// One of ours answers at an address.
  mutating func see(_ connection: NATSConnection, at address: String) {
    for address in Set([address, connection.peer ?? address]) { outcomes[address] = .answered(connection.info.name) }
  }

  mutating func take(_ result: Conversation.Result, at address: String) {
    newer += result.newer
    isStale = isStale || result.isStale
    problems += result.problems
    if let isPurged = result.isPurged { purges.append(isPurged) }
    counts.append((result.unexplained, Set(result.heard.keys)))
    var dialled: String?
    for (name, heard) in result.heard {
      acknowledged[name, default: heard].addresses.formUnion(heard.addresses)
      if !heard.addresses.isEmpty { dialled = name }
    }
    locate()
    for address in Set([address, result.peer ?? address]) {
      if let dialled {
        outcomes[address] = .answered(dialled)
      } else {
        fail(address, result.problems.first?.problem ?? ServerProblem(.silent, "it did not respond"))
      }
    }
  }

  /// Which of those that acknowledged have a ports file here.
  mutating func locate() {
    for (name, heard) in acknowledged {
      let files = ports.filter { !heard.addresses.isDisjoint(with: $0.addresses) }
      guard !files.isEmpty else { continue }
      acknowledged[name]?.isLocal = true
      acknowledged[name]?.addresses.formUnion(files.flatMap(\.addresses).filter(Self.isLoopback))
    }
  }

  /// Whether one that was dialled on this machine, and is not known under these ids, has no ports file: it may have begun to listen a moment ago.
  func isUnlocated(besides known: Set<String>) -> Bool {
    acknowledged.values.contains { !$0.isLocal && !known.contains($0.id) && $0.addresses.contains(where: Self.isLoopback) }
  }

  private static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address.hasPrefix("[::1]") }

  /// Where servers of this state folder listen that have not answered under any address of theirs. Other addresses than this machine's own
  /// are left alone: nobody asked for them.
  var unseenPorts: [String] { unseenFiles.flatMap(\.addresses).filter(Self.isLoopback) }

  private var unseenFiles: [PortsFile] {
    ports.filter { file in !file.addresses.contains { if case .answered? = outcomes[$0] { true } else { false } } }
  }

  /// Why it cannot be said that no server of this state folder runs; nil if it can. A file that names no address is one that is being written.
  var hiddenServer: ServerProblem? {
    if let portsFailure { return portsFailure }
    for file in unseenFiles {
      let here = file.addresses.filter(Self.isLoopback)
      guard !here.isEmpty else {
        return ServerProblem(
          .unreachable,
          file.addresses.isEmpty
            ? "\(file.path) says that a nats-server runs, and not where"
            : "a nats-server of this state folder listens at \(file.addresses.joined(separator: ", ")): name it by --nats-url")
      }
      for address in here {
        if case .failed(let problem)? = outcomes[address], problem.reason != .notOurs { return problem }
      }
    }
    return nil
  }

  /// Whether a server that once acknowledged claims runs no more: it was of this machine and this state folder, and nothing of it listens;
  /// or another server of ours has taken every address it had. Any other silence may hide one that lives.
  func isGone(_ server: KnownServer) -> Bool {
    guard !server.addresses.isEmpty else { return false }
    if server.addresses.allSatisfy({ if case .answered(let name)? = outcomes[$0] { name != server.name } else { false } }) { return true }
    return server.isLocal && hiddenServer == nil && server.addresses.allSatisfy { if case .refused? = outcomes[$0] { true } else { false } }
      && unseenPorts.allSatisfy { if case .refused? = outcomes[$0] { true } else { false } }
  }

  /// Why a known server did not hear. `url`: where this run looked first.
  func problem(of server: KnownServer, through url: String) -> ServerProblem {
    if let found = problems.first(where: { $0.server == server.name }) { return found.problem }
    for address in server.addresses { if case .failed(let problem)? = outcomes[address] { return problem } }
    // Version 1 of the store remembers no addresses.
    if server.addresses.isEmpty, let failure { return failure }
    return ServerProblem(
      .unreachable,
      server.addresses.isEmpty
        ? "it is not reached through \(url)"
        : "it is not reached at \(server.addresses.joined(separator: ", ")), and whether it is down cannot be seen from here")
  }

  /// Servers that somebody counts and nobody could name.
  var unexplained: Int {
    counts.map { count in count.unexplained - Set(acknowledged.keys).subtracting(count.heard).count }.max() ?? 0
  }
}
