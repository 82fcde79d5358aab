/// Why a text is not taken.
package enum JSONScanError: Error, Equatable {
  /// Not JSON by RFC 8259; the offset is in bytes.
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
  let text: JSONCharacters
  package var index = 0
  /// Raised by every string with a `\uD800`–`\uDFFF` that has no partner: legal JSON, but not text. Never lowered here.
  package var sawLoneSurrogate = false
  @usableFromInline var depth = 0

  package init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    text = JSONCharacters(bytes)
  }

  /// The next byte that is not white space, unread; nil at the end.
  @inlinable @inline(__always) package mutating func peek() -> UInt8? {
    guard index < bytes.count else { return nil }
    let byte = bytes[index]
    return byte > 0x20 ? byte : peekBehindWhiteSpace()
  }

  @usableFromInline mutating func peekBehindWhiteSpace() -> UInt8? {
    index = bytes.endOfWhiteSpace(from: index)
    return index < bytes.count ? bytes[index] : nil
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

  /// Passes over one value and returns its range.
  package mutating func value() throws(JSONScanError) -> Range<Int> {
    _ = peek()
    let start = index
    try passOverValue()
    return start..<index
  }
}
