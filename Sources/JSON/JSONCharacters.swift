/// The bytes of a JSON text for its scanner: a 0, which stands nowhere in JSON, is what follows the last of them.
struct JSONCharacters {
  private let start: UnsafePointer<UInt8>
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer) {
    // Of an empty text no byte is ever looked at, so any address will do.
    let anywhere = UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    start = (bytes.baseAddress ?? anywhere).assumingMemoryBound(to: UInt8.self)
    count = bytes.count
  }

  @inline(__always) subscript(_ place: Int) -> UInt8 { place < count ? start[place] : 0 }

  /// Eight bytes, of which the first is the lowest; the caller has looked that they are there.
  @inline(__always) func word(at place: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self))
  }

  /// The next byte that is not white space.
  @inline(__always) func next(_ place: inout Int) -> UInt8 {
    while true {
      let byte = self[place]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      place &+= 1
    }
  }

  func endOfWord(_ word: StaticString, _ start: Int) throws(JSONScanError) -> Int {
    for offset in 0..<word.utf8CodeUnitCount {
      guard self[start &+ offset] == word.utf8Start[offset] else { throw .malformed(at: start &+ offset) }
    }
    return start &+ word.utf8CodeUnitCount
  }

  @inline(__always) func endOfNumber(_ start: Int) throws(JSONScanError) -> Int {
    var place = start
    if self[place] == UInt8(ascii: "-") { place &+= 1 }
    if self[place] == UInt8(ascii: "0") { place &+= 1 } else { place = try endOfDigits(place) }
    // Nearly every number is whole: one look tells.
    guard self[place] | 0x6B == 0x6F else { return place }
    if self[place] == UInt8(ascii: ".") { place = try endOfDigits(place &+ 1) }
    if self[place] | 0x20 == UInt8(ascii: "e") {
      place &+= 1
      if self[place] == UInt8(ascii: "+") || self[place] == UInt8(ascii: "-") { place &+= 1 }
      place = try endOfDigits(place)
    }
    return place
  }

  @inline(__always) private func endOfDigits(_ start: Int) throws(JSONScanError) -> Int {
    var place = start
    while self[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
    if place == start { throw .malformed(at: place) }
    return place
  }
}
