import Credentials
import JSON
import Testing

@testable import ScalewayBackend

/// Whatever stood in the service's times, the position that goes into a cursor is one that is read again.
@Suite struct WalkPositionTests {
  private func row(createdAt: JSONValue?) throws -> ListedRow<Int> {
    let members = [JSONMember("id", "11111111-1111-4111-8111-111111111111")] + (createdAt.map { [JSONMember("created_at", $0)] } ?? [])
    let slice = try #require(JSONSlice(parsing: JSONText(.object(members)).bytes))
    return try ListedRow(0, try RowReader(slice, .scaleway[0]))
  }

  private func goesRound(_ time: JSONValue?) throws -> Bool {
    var walk = WalkPosition()
    walk.pass(upTo: 1, [try row(createdAt: time)], keeping: 100)
    guard let again = WalkPosition(StreamPosition(text: walk.position.text)) else { return false }
    return again.position.text == walk.position.text
  }

  @Test(arguments: [
    "", "Z", "T", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.123456789123456789Z",
    "2026-01-01T00:00:00.e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}Z", "2026-+1-01T00:00:00.0Z",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60.999999999Z", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00.1+01:00Z", "２０２６-01-01T00:00:00Z", "\u{0}",
  ]) func everyTimeGoesRound(_ time: String) throws {
    #expect(try goesRound(.string(time)))
  }

  @Test func aTimeThatIsMissingGoesRound() throws {
    #expect(try goesRound(nil))
    #expect(try goesRound(.null))
    #expect(try goesRound(7))
  }

  /// Pieces of times and of what looks like them, put together at random.
  @Test(arguments: 0..<200) func oddTimesGoRound(seed: Int) throws {
    let pieces = [
      "2026", "-", "01", "T", ":", "00", ".", "123456789", "Z", "+", "e\u{301}", "🇫🇷", " ", "1e9", "2026-01-01T00:00:00", "\u{200D}", "0",
      "é", "\"", "\\",
    ]
    var generator = SeededNumbers(state: UInt64(seed))
    for round in 0..<50 {
      let count = Int(generator.next() % 12)
      let middle = (0..<count).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }.joined()
      // One that is very long is enough: each of them is a hundred thousand bytes.
      let repeated = String(repeating: middle, count: round == 0 ? 1000 : 10)
      for time in [
        middle, "2026-01-01T00:00:00." + middle + "Z", "2026-01-01T" + middle + "Z", repeated + "Z",
      ] {
        #expect(try goesRound(.string(time)), "seed \(seed)")
      }
    }
  }
}
