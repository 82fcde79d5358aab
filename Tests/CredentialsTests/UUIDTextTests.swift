import Credentials
import Testing

@Suite struct UUIDTextTests {
  private let uuid = Array("01234567-89ab-cdef-ABCD-EF0123456789".utf8)

  @Test func capitalsAreLowered() {
    #expect(UUIDText(String(decoding: uuid, as: UTF8.self))?.text == "01234567-89ab-cdef-abcd-ef0123456789")
  }

  @Test func atEveryPlaceOnlyWhatStandsInAUUIDIsTaken() {
    for place in uuid.indices {
      for byte: UInt8 in 0...0xFF {
        var bytes = uuid
        bytes[place] = byte
        let isDash = [8, 13, 18, 23].contains(place)
        let isTaken = isDash ? byte == UInt8(ascii: "-") : byte < 0x80 && Character(Unicode.Scalar(byte)).isHexDigit
        let read = bytes.withUnsafeBytes { UUIDText(utf8: $0) }
        #expect(read?.text == (isTaken ? String(decoding: bytes, as: UTF8.self).lowercased() : nil))
        // A capital only at that place.
        var small = Array(String(decoding: uuid, as: UTF8.self).lowercased().utf8)
        small[place] = byte
        let isSmall = isTaken && !Character(Unicode.Scalar(byte)).isUppercase
        #expect((small.withUnsafeBytes { UUIDText(utf8: $0, onlySmall: true) } != nil) == isSmall)
      }
    }
  }

  @Test(arguments: [
    "", "0", "01234567-89ab-cdef-abcd-ef012345678", "01234567-89ab-cdef-abcd-ef01234567890", "01234567-89ab-cdef-abcd-ef012345678é",
  ]) func othersAreNone(_ text: String) { #expect(UUIDText(text) == nil) }
}
