/// What came of telling the servers.
struct PushReport: Sendable {
  struct Silent: Sendable {
    /// Its name, or its address where no name is known.
    let server: String
    let reason: ServerProblem.Reason
    let message: String
  }

  /// Servers that took the claims, by name.
  var acknowledged: [String: HeardServer] = [:]
  /// Servers that must hear of them and have not, or are not known to have.
  var silent: [Silent] = []
  /// Claims of this account, signed by our operator, that a server has and this store does not know: newer ones.
  var newer: [String] = []
  /// A server judges logins by older claims than it took: it must be told of newer ones.
  var isStale = false
  /// No server runs that could be told. Nothing is pending then, but who is just starting may have read older claims.
  var nobodyListens = false
  /// Whether the streams of the account are gone; nil where none were to go.
  var isPurged: Bool?

  var isDone: Bool { silent.isEmpty && newer.isEmpty }

  /// Whether something goes on after it.
  var leavesSomething: Bool { !isDone || nobodyListens || isPurged == false }

  static let done = PushReport()

  init() {}

  init(_ server: String, _ problem: ServerProblem) { add(server, problem) }

  mutating func add(_ server: String, _ problem: ServerProblem) {
    silent.append(Silent(server: server, reason: problem.reason, message: problem.message))
  }
}
