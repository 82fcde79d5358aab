import JSON

/// How a result is printed: rows as they come, then the end of them; or one result.
protocol CallOutput: Sendable {
  /// Adds what is printed of these rows: if one of them cannot be, of those before it.
  mutating func add(_ rows: [JSONSlice], to bytes: inout [UInt8]) throws(FieldPath.Missing)
  /// The end of the rows of a stream.
  mutating func end() -> [UInt8]
  mutating func result(_ result: JSONSlice) throws(FieldPath.Missing) -> [UInt8]
}

extension CallOutput {
  mutating func end() -> [UInt8] { [] }
}

extension JSONSlice {
  /// One line of JSON; ASCII, because a message is.
  var line: [UInt8] { withBytes { Array($0) } + [0x0A] }
}
