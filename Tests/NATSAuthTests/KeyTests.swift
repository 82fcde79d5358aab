import NATSAuth
import Testing

@Suite struct KeyTests {
  private let seed = "SUAJ2YNRTXX72WTAXKCEV5ES5QWMIRCJYVUXWMTJDFYDXLADDSXH6YALCA"
  private let account = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"

  @Test func hostileKeysAreRefused() throws {
    let broken = [
      "", "A", account.lowercased(), account + "=", account + "A", String(account.dropLast()), " " + account, "B" + account.dropFirst(),
    ]
    for text in broken + [seed, account.replacing("Z23K", with: "Z24K"), "../../" + account.dropFirst(6)] {
      #expect(PublicKey(text) == nil, "\(text.count) characters")
    }
    for text in broken + [account, seed.lowercased(), seed + "A", String(seed.dropLast()), seed.replacing("2YNR", with: "2YNA")] {
      #expect(try KeyPair(seed: text) == nil, "\(text.count) characters")
    }
  }

  @Test func seedsDoNotPrint() throws {
    let pair = try #require(try KeyPair(seed: seed))
    var dumped = ""
    dump(pair, to: &dumped)
    for text in ["\(pair)", String(reflecting: pair), dumped, "\([pair])", "\(Optional(pair) as Any)"] {
      #expect(!text.contains(seed) && !text.contains("157, 97, 177"), "a key printed its seed")
    }
  }

  @Test func shortKeysFailInsteadOfReadingOn() {
    #expect(throws: CryptoError.failed) { try KeyPair(.user, random: [1, 2, 3]) }
  }

  @Test func digestsAgreeWithTheStandard() throws {
    #expect(try credsChecksum("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
    let hex = SHA512Slash256.digest(Array("abc".utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23")
  }

  /// The path of macOS and the one of Linux, at every length around the block's.
  @Test func ownDigestAgreesWithTheLibrarys() throws {
    for count in [0, 1, 55, 110, 111, 112, 113, 127, 128, 129, 239, 240, 241, 1000] {
      let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      #expect(try sha512Slash256(message) == SHA512Slash256.digest(message), "\(count) bytes")
    }
  }

  @Test func namesAreCutForTokensAtScalars() {
    #expect(UserClaims.tokenName(String(repeating: "é", count: 70)) == String(repeating: "é", count: 64))
    #expect(UserClaims.tokenName("short") == "short")
  }
}
