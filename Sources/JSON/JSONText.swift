/// One complete JSON value as bytes: valid, without spaces, and ASCII only. What is made once is spliced afterwards, never encoded again.
package struct JSONText: Sendable, Equatable {
  package let bytes: [UInt8]

  /// Trusts its maker: only `JSONWriter` and a validating reader may call it.
  package init(validated bytes: [UInt8]) { self.bytes = bytes }

  package init(_ value: JSONValue) {
    var writer = JSONWriter()
    writer.write(value)
    bytes = writer.bytes
  }

  package static let null = JSONText(validated: Array("null".utf8))
  package static let emptyObject = JSONText(validated: Array("{}".utf8))

  package init(_ text: String) { self.init(.string(text)) }
  package init(_ number: Int) { self.init(.int(number)) }
  package init(_ flag: Bool) { self.init(.bool(flag)) }

  /// Not worth a copy.
  package var isLong: Bool { bytes.count >= 16 << 10 }

  /// The value as text, for people and tests.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
