/// How long ago something was, as people say it.
package enum RelativeTime {
  /// Of a moment that is so many seconds ago; below zero it is yet to come, as where two clocks differ.
  package static func text(secondsAgo: Int64) -> String {
    guard secondsAgo.magnitude >= 5 else { return "just now" }
    let (count, unit) = largest(secondsAgo.magnitude)
    let span = "\(count) \(unit)\(count == 1 ? "" : "s")"
    return secondsAgo > 0 ? "\(span) ago" : "in \(span)"
  }

  /// Rounded down, and small enough that the next unit says nothing yet: 59 days, but 2 months.
  private static func largest(_ seconds: UInt64) -> (count: UInt64, unit: String) {
    let (minute, hour, day): (UInt64, UInt64, UInt64) = (60, 3600, 86_400)
    switch seconds {
    case ..<minute: return (seconds, "second")
    case ..<hour: return (seconds / minute, "minute")
    case ..<(2 * day): return (seconds / hour, "hour")
    case ..<(60 * day): return (seconds / day, "day")
    // A month is a twelfth of 365.25 days.
    case ..<(731 * day): return (seconds / 2_629_800, "month")
    default: return (seconds / 31_557_600, "year")
    }
  }
}
