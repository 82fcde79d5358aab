import Credentials
import Testing

@testable import ScalewayBackend

/// A row's time is one where `UTCTime(sortable:)` says so, and sorts as its text does.
@Suite struct ListedTimeTests {
  private static let times = [
    "1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.10Z", "2026-01-01T00:00:00.09Z",
    "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123456789123Z", "2026-02-28T23:59:59.999999999Z",
    "2024-02-29T00:00:00.000000001Z",
    "2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00Z", "9999-12-31T23:59:60.999999999Z",
  ]

  /// Its 19 characters, and nine digits.
  private func padded(_ time: String) -> String {
    let fraction = String(time.dropFirst(20).dropLast().prefix(9))
    return String(time.prefix(19)) + "." + fraction + String(repeating: "0", count: 9 - fraction.count)
  }

  @Test func timesSortAsTheirTexts() throws {
    for one in Self.times {
      let read = try #require(ListedTime(one))
      #expect(read.text == padded(one))
      for other in Self.times { #expect((read < (try #require(ListedTime(other)))) == (padded(one) < padded(other)), "\(one) \(other)") }
    }
  }

  /// Every character in turn is another one, is not there, or has one more before it.
  @Test(arguments: times) func whateverACharacterBecomes(_ time: String) {
    let bytes = Array(time.utf8)
    for place in bytes.indices {
      for byte in "0123456789-:.TtZz+ e\u{0}".utf8 {
        for end in [place, place + 1] {
          let other = String(decoding: bytes[..<place] + [byte] + bytes[end...], as: UTF8.self)
          #expect((ListedTime(other) == nil) == (UTCTime(sortable: other) == nil), "\(other)")
        }
      }
      let shorter = String(decoding: bytes[..<place] + bytes[(place + 1)...], as: UTF8.self)
      #expect((ListedTime(shorter) == nil) == (UTCTime(sortable: shorter) == nil), "\(shorter)")
    }
    for month in 0...13 {
      for day in 0...32 {
        let date = self.date(month, day)
        #expect((ListedTime(date) == nil) == (UTCTime(sortable: date) == nil), "\(date)")
      }
    }
  }

  private func date(_ month: Int, _ day: Int) -> String { "2024-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)T00:00:00Z" }
}
