import JSON

/// The result as JSON: of a stream, one array of all rows.
struct JSONOutput: CallOutput {
  /// With line ends and indents, for people.
  let isPretty: Bool
  private var hasRows = false

  init(isPretty: Bool) { self.isPretty = isPretty }

  mutating func add(_ rows: [JSONSlice], to bytes: inout [UInt8]) {
    for row in rows {
      bytes += Array((hasRows ? ",\n" : "[").utf8) + row.line.dropLast()
      hasRows = true
    }
  }

  mutating func end() -> [UInt8] { Array((hasRows ? "]\n" : "[]\n").utf8) }

  func result(_ result: JSONSlice) -> [UInt8] { isPretty ? result.value.pretty : result.line }
}
