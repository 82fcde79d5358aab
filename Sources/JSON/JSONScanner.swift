/// Why a text is not taken.
package enum JSONScanError: Error, Equatable {
  /// Not JSON by RFC 8259; the place is a byte offset.
  case malformed(at: Int)
  /// More than `JSONScanner.maximumDepth` arrays and objects are open.
  case tooDeep
}

/// Walks over JSON text once and checks every byte of it (RFC 8259, UTF-8 included); makes nothing. Whoever drives it takes the
/// ranges it passes. Borrows its bytes: they must outlive it.
/// Its smallest steps are `@inlinable`: JSONRPC takes twenty of them for the shortest request.
package struct JSONScanner {
  /// Open arrays and objects, the outermost included.
  package static let maximumDepth = 128

  package let bytes: UnsafeRawBufferPointer
  package var index = 0
  /// Raised by every string with a `\uD800`–`\uDFFF` that has no partner: legal JSON, but not text. Never lowered here.
  package var sawLoneSurrogate = false
  @usableFromInline var depth = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  package var atEnd: Bool { index >= bytes.count }

  /// The next byte that is not white space, unread; nil at the end.
  @inlinable @inline(__always) package mutating func peek() -> UInt8? {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      case let byte: return byte
      }
    }
    return nil
  }

  @inlinable @inline(__always) package mutating func take(_ byte: UInt8) throws(JSONScanError) {
    guard peek() == byte else { throw .malformed(at: index) }
    index += 1
  }

  @inlinable @inline(__always) package mutating func takeIf(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    index += 1
    return true
  }

  /// For whoever reads an array or object itself, member by member.
  @inlinable package mutating func enter() throws(JSONScanError) {
    depth += 1
    if depth > Self.maximumDepth { throw .tooDeep }
  }

  @inlinable package mutating func leave() { depth -= 1 }

  /// Passes over one value and gives its range.
  package mutating func value() throws(JSONScanError) -> Range<Int> {
    let first = peek()
    let start = index
    switch first {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "{"): try object()
    case UInt8(ascii: "["): try array()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: try number()
    }
    return start..<index
  }

  private mutating func object() throws(JSONScanError) {
    try take(UInt8(ascii: "{"))
    try enter()
    if !takeIf(UInt8(ascii: "}")) {
      repeat {
        _ = try string()
        try take(UInt8(ascii: ":"))
        _ = try value()
      } while takeIf(UInt8(ascii: ","))
      try take(UInt8(ascii: "}"))
    }
    leave()
  }

  private mutating func array() throws(JSONScanError) {
    try take(UInt8(ascii: "["))
    try enter()
    if !takeIf(UInt8(ascii: "]")) {
      repeat { _ = try value() } while takeIf(UInt8(ascii: ","))
      try take(UInt8(ascii: "]"))
    }
    leave()
  }

  private mutating func word(_ word: StaticString) throws(JSONScanError) {
    for offset in 0..<word.utf8CodeUnitCount {
      guard index < bytes.count, bytes[index] == word.utf8Start[offset] else { throw .malformed(at: index) }
      index += 1
    }
  }

  private mutating func number() throws(JSONScanError) {
    if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
    if index < bytes.count, bytes[index] == UInt8(ascii: "0") { index += 1 } else { try digits() }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      try digits()
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      try digits()
    }
  }

  private mutating func digits() throws(JSONScanError) {
    let start = index
    while index < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index] { index += 1 }
    if index == start { throw .malformed(at: index) }
  }
}
