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

  @inline(__always) subscript(_ offset: Int) -> UInt8 { offset < count ? start[offset] : 0 }

  /// Eight bytes, of which the first is the lowest; the caller has looked that they are there.
  @inline(__always) func word(at offset: Int) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(start + offset).loadUnaligned(as: UInt64.self))
  }

  /// The next byte that is not white space.
  @inline(__always) func next(_ offset: inout Int) -> UInt8 {
    while true {
      let byte = self[offset]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      offset &+= 1
    }
  }

  func endOfWord(_ word: StaticString, _ start: Int) throws(JSONScanError) -> Int {
    for offset in 0..<word.utf8CodeUnitCount {
      guard self[start &+ offset] == word.utf8Start[offset] else { throw .malformed(at: start &+ offset) }
    }
    return start &+ word.utf8CodeUnitCount
  }

  @inline(__always) func endOfNumber(_ start: Int) throws(JSONScanError) -> Int {
    var offset = start
    if self[offset] == UInt8(ascii: "-") { offset &+= 1 }
    if self[offset] == UInt8(ascii: "0") { offset &+= 1 } else { offset = try endOfDigits(offset) }
    // Nearly every number is whole: one look tells.
    guard self[offset] | 0x6B == 0x6F else { return offset }
    if self[offset] == UInt8(ascii: ".") { offset = try endOfDigits(offset &+ 1) }
    if self[offset] | 0x20 == UInt8(ascii: "e") {
      offset &+= 1
      if self[offset] == UInt8(ascii: "+") || self[offset] == UInt8(ascii: "-") { offset &+= 1 }
      offset = try endOfDigits(offset)
    }
    return offset
  }

  @inline(__always) private func endOfDigits(_ start: Int) throws(JSONScanError) -> Int {
    var offset = start
    while self[offset] &- UInt8(ascii: "0") < 10 { offset &+= 1 }
    if offset == start { throw .malformed(at: offset) }
    return offset
  }
}
