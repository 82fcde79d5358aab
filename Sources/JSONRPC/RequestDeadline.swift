/// When a request's time is over, on the session's clock. Those of one moment end in the order of their lines.
struct RequestDeadline: Comparable {
  let time: Int
  let sequence: Int

  static func < (one: RequestDeadline, other: RequestDeadline) -> Bool { (one.time, one.sequence) < (other.time, other.sequence) }
}
