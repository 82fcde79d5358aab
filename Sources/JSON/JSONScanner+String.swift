extension JSONScanner {
  /// Passes over one string and returns the range of what stands between its quotes.
  package mutating func string() throws(JSONScanError) -> Range<Int> {
    try take(UInt8(ascii: "\""))
    let start = index
    index = try endOfString(start)
    return start..<index - 1
  }

  /// Behind the closing quote of the string whose first quote stands before `start`.
  mutating func endOfString(_ start: Int) throws(JSONScanError) -> Int {
    let text = text
    var offset = start
    while true {
      switch text[offset] {
      case UInt8(ascii: "\""): return offset &+ 1
      case UInt8(ascii: "\\"): offset = try endOfEscapes(offset)
      case 0..<0x20: throw .malformed(at: offset)
      case 0x20..<0x80: offset = endOfPlainWords(offset &+ 1)
      default: offset = try endOfMultibytes(offset)
      }
    }
  }

  /// Eight bytes at a time, as long as none of them is a quote, a backslash, a control or not ASCII.
  @inline(__always) private func endOfPlainWords(_ start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var offset = start
    while offset &+ 8 <= text.count {
      let word = text.word(at: offset)
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // A byte b is zero only if (b - 1) & ~b has its top bit set; a carry can only raise a false alarm above the first hit.
      let special = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word
      if special & tops != 0 { return offset &+ (special & tops).trailingZeroBitCount &>> 3 }
      offset &+= 8
    }
    return offset
  }

  /// Behind one escape and those that follow it at once.
  @inline(__always) private mutating func endOfEscapes(_ start: Int) throws(JSONScanError) -> Int {
    let text = text
    var offset = start
    repeat {
      switch text[offset &+ 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
        UInt8(ascii: "r"), UInt8(ascii: "t"):
        offset &+= 2
      case UInt8(ascii: "u"):
        let unit = try hexUnit(at: offset &+ 2)
        offset &+= 6
        if 0xD800...0xDFFF ~= unit { offset = try endOfPair(unit, offset) }
      default: throw .malformed(at: offset)
      }
    } while text[offset] == UInt8(ascii: "\\")
    return offset
  }

  /// Behind the second half of a surrogate pair; one that is none is read again by the loop, as what it is.
  private mutating func endOfPair(_ first: UInt16, _ offset: Int) throws(JSONScanError) -> Int {
    guard first < 0xDC00, text[offset] == UInt8(ascii: "\\"), text[offset &+ 1] == UInt8(ascii: "u"),
      0xDC00...0xDFFF ~= (try hexUnit(at: offset &+ 2))
    else {
      sawLoneSurrogate = true
      return offset
    }
    return offset &+ 6
  }

  @inline(__always) private func hexUnit(at start: Int) throws(JSONScanError) -> UInt16 {
    guard start &+ 4 <= text.count else { throw .malformed(at: start) }
    var unit: UInt16 = 0
    for offset in 0..<4 {
      guard let digit = hexDigit(text[start &+ offset]) else { throw .malformed(at: start &+ offset) }
      unit = unit &<< 4 | digit
    }
    return unit
  }

  /// Behind one scalar of two to four bytes and those that follow it at once: no overlong form, no surrogate, nothing above U+10FFFF.
  @inline(__always) private func endOfMultibytes(_ start: Int) throws(JSONScanError) -> Int {
    let text = text
    var offset = start
    repeat {
      let second: ClosedRange<UInt8>
      let length: Int
      switch text[offset] {
      case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      default: throw .malformed(at: offset)
      }
      guard second ~= text[offset &+ 1], length < 3 || text[offset &+ 2] & 0xC0 == 0x80, length < 4 || text[offset &+ 3] & 0xC0 == 0x80
      else {
        throw .malformed(at: offset)
      }
      offset &+= length
    } while text[offset] >= 0x80
    return offset
  }
}

@inline(__always) func hexDigit(_ byte: UInt8) -> UInt16? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte &- UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte &- UInt8(ascii: "a") &+ 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte &- UInt8(ascii: "A") &+ 10)
  default: nil
  }
}
