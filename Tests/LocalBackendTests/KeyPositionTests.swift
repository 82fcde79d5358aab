import Testing

@testable import LocalBackend

@Suite struct KeyPositionTests {
  @Test func aNumberIsToldApartFromATime() throws {
    for (isNumber, text) in [(true, "n123.x"), (false, "123.x")] {
      let read = try #require(KeyPosition(text, keyIsText: false))
      #expect(read.isNumber == isNumber && read.id == "x" && read.text == text)
    }
    #expect(KeyPosition("-6e.x", keyIsText: true)?.isNumber == false)
  }

  /// What an older version takes for a time, it reads as `Int64`.
  @Test func aVersionThatKnowsTimesOnlyRefusesANumber() {
    let text = KeyPosition(value: .int(123), id: "x", isNumber: true).text
    #expect(Int64(text.prefix { $0 != "." }) == nil)
  }

  @Test(arguments: ["", ".x", "n.x", "nn1.x", "1", "1.", "x.x", "n1.x.y", "-6e.x", "-61.x", "n-5.x"]) func othersAreNone(_ text: String) {
    #expect(KeyPosition(text, keyIsText: false) == nil)
  }
}
