extension JSONScanner {
  /// Passes over one string and gives the range of what stands between its quotes.
  package mutating func string() throws(JSONScanError) -> Range<Int> {
    try take(UInt8(ascii: "\""))
    let start = index
    index = try endOfString(start)
    return start..<index - 1
  }

  /// Behind the closing quote of the string whose first quote stands before `start`.
  mutating func endOfString(_ start: Int) throws(JSONScanError) -> Int {
    let text = text
    var place = start
    while true {
      switch text[place] {
      case UInt8(ascii: "\""): return place &+ 1
      case UInt8(ascii: "\\"): place = try endOfEscapes(place)
      case 0..<0x20: throw .malformed(at: place)
      case 0x20..<0x80: place = endOfPlainWords(place &+ 1)
      default: place = try endOfMultibytes(place)
      }
    }
  }

  /// Eight bytes at a time, as long as none of them is a quote, a backslash, a control or not ASCII.
  @inline(__always) private func endOfPlainWords(_ start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var place = start
    while place &+ 8 <= text.count {
      let word = text.word(at: place)
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      // A byte b is zero only if (b - 1) & ~b has its top bit set; a carry can only raise a false alarm above the first hit.
      let special = (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word | word
      if special & tops != 0 { return place &+ (special & tops).trailingZeroBitCount &>> 3 }
      place &+= 8
    }
    return place
  }

  /// Behind one escape and those that follow it at once.
  @inline(__always) private mutating func endOfEscapes(_ start: Int) throws(JSONScanError) -> Int {
    let text = text
    var place = start
    repeat {
      switch text[place &+ 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
        UInt8(ascii: "r"), UInt8(ascii: "t"):
        place &+= 2
      case UInt8(ascii: "u"):
        let unit = try hexUnit(at: place &+ 2)
        place &+= 6
        if 0xD800...0xDFFF ~= unit { place = try endOfPair(unit, place) }
      default: throw .malformed(at: place)
      }
    } while text[place] == UInt8(ascii: "\\")
    return place
  }

  /// Behind the second half of a surrogate pair; one that is none is read again by the loop, as what it is.
  private mutating func endOfPair(_ first: UInt16, _ place: Int) throws(JSONScanError) -> Int {
    guard first < 0xDC00, text[place] == UInt8(ascii: "\\"), text[place &+ 1] == UInt8(ascii: "u"),
      0xDC00...0xDFFF ~= (try hexUnit(at: place &+ 2))
    else {
      sawLoneSurrogate = true
      return place
    }
    return place &+ 6
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
    var place = start
    repeat {
      let second: ClosedRange<UInt8>
      let length: Int
      switch text[place] {
      case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      default: throw .malformed(at: place)
      }
      guard second ~= text[place &+ 1], length < 3 || text[place &+ 2] & 0xC0 == 0x80, length < 4 || text[place &+ 3] & 0xC0 == 0x80 else {
        throw .malformed(at: place)
      }
      place &+= length
    } while text[place] >= 0x80
    return place
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
