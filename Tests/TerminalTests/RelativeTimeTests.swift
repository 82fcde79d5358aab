import Testing

@testable import Terminal

@Suite struct RelativeTimeTests {
  private static let day: Int64 = 86_400

  @Test(arguments: [
    (0, "just now"), (4, "just now"), (-4, "just now"), (5, "5 seconds ago"), (59, "59 seconds ago"), (60, "1 minute ago"),
    (3599, "59 minutes ago"), (3600, "1 hour ago"),
    (3 * 3600 + 1, "3 hours ago"), (2 * day - 1, "47 hours ago"), (2 * day, "2 days ago"), (60 * day - 1, "59 days ago"),
    (61 * day, "2 months ago"),
    (365 * day, "11 months ago"), (731 * day, "2 years ago"), (3653 * day, "10 years ago"), (-120, "in 2 minutes"),
    (.max, "292271023045 years ago"),
  ])
  func asPeopleSayIt(seconds: Int64, text: String) { #expect(RelativeTime.text(secondsAgo: seconds) == text) }
}
