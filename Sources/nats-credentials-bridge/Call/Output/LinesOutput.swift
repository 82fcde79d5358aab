import JSON

/// JSON lines: one row per line, and whatever is not a list in one line.
struct LinesOutput: CallOutput {
  /// The member of the result that lists rows; nil if none does.
  let list: String?

  func add(_ rows: [JSONSlice], to bytes: inout [UInt8]) { for row in rows { bytes += row.line } }

  func result(_ result: JSONSlice) -> [UInt8] {
    guard let list, let rows = result.members.first(where: { $0.name == list })?.value else { return result.line }
    return rows.elements.flatMap(\.line)
  }
}
