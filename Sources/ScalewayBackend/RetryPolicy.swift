import HTTP

/// Whether a failed attempt is followed by another, and after how long. Pure.
struct RetryPolicy {
  /// Attempts of what may pass.
  static let attempts = 4
  /// How long after a write of ours the service may not know of it yet.
  static let settlingMilliseconds = 15_000
  private static let firstPause = 250
  private static let firstPauseOfFlapping = 200
  private static let longestPauseOfFlapping = 2_000
  /// Of what the service names, so much is believed, and so much waited at a time.
  static let longestNamed = 86_400_000
  private static let longestRetryAfter = 60_000

  /// Nil: no other attempt. `sinceWrite` is how long ago this process last wrote what the response is about; nil if it did not. `chance` is
  /// from 0 to 1: what many processes do at once must not come at once again.
  static func pause(
    after problem: ServiceProblem, of method: HTTPRequest.Method, attempt: Int, sinceWrite: Int?, chance: Double
  ) -> Int? {
    // A creation whose fate is not known is never retried.
    if method == .post, problem.mayHaveActed { return nil }
    func growing(from first: Int, upTo longest: Int) -> Int {
      let whole = min(longest, first << min(attempt - 1, 10))
      return whole / 2 + Int(Double(whole / 2) * chance)
    }
    switch problem.cause {
    case .final, .notFound, .cancelled: return nil
    case .passing(let named):
      guard attempt < attempts else { return nil }
      return min(longestRetryAfter, max(named ?? 0, growing(from: firstPause, upTo: 4_000)))
    case .unknownAccount, .notPermitted:
      guard let sinceWrite, sinceWrite < settlingMilliseconds else { return nil }
      return growing(from: firstPauseOfFlapping, upTo: longestPauseOfFlapping)
    }
  }
}
