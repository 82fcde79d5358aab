import Credentials
import Testing

/// Public keys by their form. The keys are of nobody.
@Suite struct NKeyFormTests {
  private let account = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"
  private let user = "UDLVVGABQKYQVN6VJP7NHSLEA45A5YLS6PNKMIZFV4BBU2HXA5IRUVAL"

  @Test func eachKindIsItself() {
    #expect(AccountID(account)?.text == account && UserKey(user)?.text == user)
    #expect(AccountID(user) == nil && UserKey(account) == nil)
    #expect(AccountID("U" + account.dropFirst()) == nil && UserKey("A" + user.dropFirst()) == nil)
  }

  /// The checksum finds every single wrong character, and others are none of base32.
  @Test func noOtherCharacterStandsInAKey() {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    for (place, right) in account.utf8.enumerated() {
      for letter in letters + Array("a018= é\0".utf8) where letter != right {
        var bytes = Array(account.utf8)
        bytes[place] = letter
        #expect(AccountID(String(decoding: bytes, as: UTF8.self)) == nil, "\(place)")
      }
    }
  }

  @Test(arguments: [
    "", "A", "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47", "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47CA",
  ])
  func noOtherLengthIsOne(_ text: String) {
    #expect(AccountID(text) == nil)
  }
}
