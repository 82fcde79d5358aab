extension JSONScanner {
  /// Passes over one string and gives the range of what stands between its quotes.
  package mutating func string() throws(JSONScanError) -> Range<Int> {
    try take(UInt8(ascii: "\""))
    let start = index
    while true {
      skipPlainWords()
      guard index < bytes.count else { throw .malformed(at: index) }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        index += 1
        return start..<index - 1
      case UInt8(ascii: "\\"): try escape()
      case 0..<0x20: throw .malformed(at: index)
      case 0x20..<0x80: index += 1
      default: try multibyte()
      }
    }
  }

  /// Eight bytes at a time, as long as none of them is a quote, a backslash, a control or not ASCII.
  private mutating func skipPlainWords() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    while index + 8 <= bytes.count {
      let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // A byte b is zero only if (b - 1) & ~b has its top bit set; a carry can only raise a false alarm above the first hit.
      let special = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word
      if special & tops != 0 {
        index += (special & tops).trailingZeroBitCount / 8
        return
      }
      index += 8
    }
  }

  private mutating func escape() throws(JSONScanError) {
    guard index + 1 < bytes.count else { throw .malformed(at: index) }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      index += 2
    case UInt8(ascii: "u"):
      let unit = try hexUnit(at: index + 2)
      index += 6
      if 0xDC00...0xDFFF ~= unit {
        sawLoneSurrogate = true
      } else if 0xD800...0xDBFF ~= unit {
        guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
          sawLoneSurrogate = true
          return
        }
        // A second half that is none is read again by the loop, as what it is.
        guard 0xDC00...0xDFFF ~= (try hexUnit(at: index + 2)) else {
          sawLoneSurrogate = true
          return
        }
        index += 6
      }
    default: throw .malformed(at: index)
    }
  }

  private func hexUnit(at start: Int) throws(JSONScanError) -> UInt16 {
    guard start + 4 <= bytes.count else { throw .malformed(at: start) }
    var unit: UInt16 = 0
    for place in start..<start + 4 {
      guard let digit = hexDigit(bytes[place]) else { throw .malformed(at: place) }
      unit = unit << 4 | digit
    }
    return unit
  }

  /// One scalar of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF.
  private mutating func multibyte() throws(JSONScanError) {
    func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
    let second: ClosedRange<UInt8>
    let length: Int
    switch bytes[index] {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw .malformed(at: index)
    }
    guard second ~= byte(1) else { throw .malformed(at: index) }
    for offset in 2..<max(length, 2) {
      guard 0x80...0xBF ~= byte(offset) else { throw .malformed(at: index) }
    }
    index += length
  }
}

func hexDigit(_ byte: UInt8) -> UInt16? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}
