import Credentials
import Testing

@Suite struct HexWordTests {
  @Test func aSumOfSHA1Is40SmallDigits() {
    let sum = Array("0123456789abcdef0123456789abcdef01234567".utf8)
    for place in sum.indices {
      for byte: UInt8 in 0...0xFF {
        var bytes = sum
        bytes[place] = byte
        let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
        #expect(bytes.withUnsafeBytes { HexWord.isSHA1($0) } == isDigit)
      }
    }
    for count in [0, 8, 39, 41, 48] { #expect(!Array(repeating: UInt8(ascii: "a"), count: count).withUnsafeBytes { HexWord.isSHA1($0) }) }
  }
}
