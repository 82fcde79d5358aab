/// Where the session is on its way to its end. Times are of the system's clock, in milliseconds.
enum Life {
  case serving
  /// No line will come; what was read is answered. `until` only with a drain limit.
  case draining(until: Int?)
  /// A signal said to end: what can still be answered is.
  case stopping(until: Int)
  /// Nobody reads; the mutations under way are awaited, so that it can be said what became of them.
  case closed(until: Int)
  /// What could not be delivered is being told or undone.
  case telling(until: Int)
  /// The time for that is over: what is left is named, as stderr takes it.
  case leaving(until: Int)

  var isReading: Bool {
    switch self {
    case .serving, .draining: true
    case .stopping, .closed, .telling, .leaving: false
    }
  }

  var isWritable: Bool {
    switch self {
    case .serving, .draining, .stopping: true
    case .closed, .telling, .leaving: false
    }
  }

  var deadline: Int? {
    switch self {
    case .serving: nil
    case .draining(let until): until
    case .stopping(let until), .closed(let until), .telling(let until), .leaving(let until): until
    }
  }
}
