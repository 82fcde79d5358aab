import JSON

/// JSON lines: one row per line, and whatever is not a list in one line.
struct LinesOutput: CallOutput {
  /// The member of the result that lists rows; nil if none does.
  let list: String?

  func rows(_ rows: [JSONSlice]) -> [UInt8] { rows.flatMap(\.line) }

  func result(_ result: JSONSlice) -> [UInt8] {
    guard let list, let rows = result.members.first(where: { $0.name == list })?.value else { return result.line }
    return self.rows(rows.elements)
  }
}
