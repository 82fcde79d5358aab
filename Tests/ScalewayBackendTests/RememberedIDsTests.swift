import Testing

@testable import ScalewayBackend

/// An id is remembered exactly if it is one of those that were given.
@Suite struct RememberedIDsTests {
  private func id(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  /// 10,000 others, of which some meet a bit of one of the 200.
  @Test func othersAreNot() {
    let remembered = RememberedIDs((0..<200).map(id))
    #expect((0..<200).allSatisfy { remembered.contains(id($0)) })
    #expect(!(200..<10_200).contains { remembered.contains(id($0)) })
    #expect(remembered.ids == (0..<200).map(id))
  }

  /// The bits are of the first and the last characters only.
  @Test func whatDiffersInTheMiddleIsAnother() {
    let remembered = RememberedIDs(["11111111-1111-4111-8111-111111111111", "short", ""])
    #expect(remembered.contains("11111111-1111-4111-8111-111111111111") && remembered.contains("short") && remembered.contains(""))
    #expect(!remembered.contains("11111111-1111-4222-8111-111111111111") && !remembered.contains("other"))
    #expect(!RememberedIDs([]).contains(""))
  }
}
