import JSON

/// How a result is printed: rows as they come, then the end of them; or one result.
protocol CallOutput: Sendable {
  mutating func rows(_ rows: [JSONSlice]) throws(FieldPath.Missing) -> [UInt8]
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
