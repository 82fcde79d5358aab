import Credentials
import JSON
import Testing

@testable import ScalewayBackend

/// What of the service's own words may be shown.
@Suite struct ServiceTextTests {
  private let key = Secret("01234567-89ab-cdef-fedc-ba9876543210")

  @Test func aPlainTextIsShown() {
    #expect(ServiceText("value length must be 56 runes", without: key).text == "value length must be 56 runes")
  }

  @Test func controlCharactersBecomeSpaces() {
    #expect(ServiceText("a\nb\u{1b}[2Jc\u{7f}d\u{85}e", without: key).text == "a b [2Jc d e")
  }

  @Test func aLongTextIsCut() {
    #expect(ServiceText(String(repeating: "x", count: 5_000), without: key).text.utf8.count == 1_000)
    #expect(ServiceText(String(repeating: "\u{1F600}", count: 5_000), without: key).text.utf8.count <= 1_003)
  }

  @Test(arguments: [
    "token 01234567-89ab-cdef-fedc-ba9876543210 is bad", "0123456789ABCDEFFEDCBA9876543210", "… 9abcdeffe …", "01 23 45 67", "x01234567",
  ]) func aTextWithAPieceOfTheKeyIsWithheld(text: String) {
    #expect(ServiceText(text, without: key).text == "[redacted]")
  }

  @Test func aKeyBehindTheCutIsFoundToo() {
    #expect(ServiceText(String(repeating: "z", count: 3_000) + key.revealed, without: key).text == "[redacted]")
  }

  @Test func textsWithinValuesAreCleanedAndLargeValuesLeftOut() {
    let value: JSONValue = ["a\n": ["0123456789abcdef", 7, nil, true]]
    #expect(ServiceText.cleaned(value, without: key) == ["a ": ["[redacted]", 7, nil, true]])
    #expect(ServiceText.cleaned(.string(String(repeating: "x", count: 5_000)), without: key) == nil)
  }
}
