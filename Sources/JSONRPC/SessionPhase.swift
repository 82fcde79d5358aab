/// Where the session is on its way to its end. Times are of the system's clock, in milliseconds.
enum SessionPhase {
  case running
  /// No line will come; what was read is answered. `until` only with a drain limit.
  case draining(until: Int?)
  /// A signal said to end: what can still be answered is.
  case shuttingDown(until: Int)
  /// Nobody reads; the mutations under way are awaited, so that it can be said what became of them.
  case disconnected(until: Int)
  /// What could not be delivered is being undone.
  case compensating(until: Int)
  /// The time for that is over: what is left is named, as stderr takes it.
  case reporting(until: Int)

  var isReading: Bool {
    switch self {
    case .running, .draining: true
    case .shuttingDown, .disconnected, .compensating, .reporting: false
    }
  }

  var isWritable: Bool {
    switch self {
    case .running, .draining, .shuttingDown: true
    case .disconnected, .compensating, .reporting: false
    }
  }

  var deadline: Int? {
    switch self {
    case .running: nil
    case .draining(let until): until
    case .shuttingDown(let until), .disconnected(let until), .compensating(let until), .reporting(let until): until
    }
  }
}
