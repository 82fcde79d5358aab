/// The exit statuses, and what `--help` and the manual say of them.
enum ExitStatus {
  /// EX_USAGE; `call` has a status of its own for that.
  static let usage: Int32 = 64
  static let usageOfCall: Int32 = 2
  /// EX_OSERR; `DedicatedThread` ends with it, too.
  static let systemRefused: Int32 = 71
  /// EX_IOERR.
  static let lostOutput: Int32 = 74

  static let meaningsOfServe = [
    (0, "the end of input"), (usage, "a wrong command line"), (systemRefused, "the system gave no descriptors or no thread"),
  ]
  static let meaningsOfCall = [
    (0, "a result"), (1, "an error that is none of these"), (usageOfCall, "a wrong command line or request"), (3, "not found"),
    (4, "not allowed or not configured"), (5, "a conflict, or a quota is reached"),
    (6, "unavailable, limited or timed out: it may succeed later"),
    (systemRefused, "the system gave no descriptors or no thread"),
    (lostOutput, "the result could not be written to stdout"),
  ]

  /// That of a `call` whose response is an error with this JSON-RPC code.
  static func ofCall(endingWith code: Int) -> Int32 {
    switch code {
    case -32602, -32601, -32600, -32700, 1400: usageOfCall
    case 1404: 3
    case 1401, 1403, 1460: 4
    case 1409, 1430: 5
    case 1408, 1423, 1429, 1503, 1504: 6
    // Nobody cancels a call but the session, when its stdout is closed.
    case -32800: lostOutput
    default: 1
    }
  }
}
