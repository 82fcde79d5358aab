import JSON
import Terminal

/// One member of the result, or of each row of a stream: a text as it is, everything else as JSON.
struct FieldOutput: CallOutput {
  let path: FieldPath
  /// Its request was checked against the schema: what this result goes without is null, for an error would say that nothing was done.
  let isOfChange: Bool
  let look: TerminalLook

  func add(_ rows: [JSONSlice], to bytes: inout [UInt8]) throws(FieldPath.Missing) {
    for row in rows { bytes += try result(row) }
  }

  func result(_ result: JSONSlice) throws(FieldPath.Missing) -> [UInt8] {
    let value: JSONSlice
    do throws(FieldPath.Missing) { value = try path.value(in: result) } catch {
      guard isOfChange else { throw error }
      return Array("null\n".utf8)
    }
    guard let text = value.string else { return look.isTerminal ? value.value.pretty : value.line }
    let shown = look.isTerminal ? PrintableText.escaped(text, keepingLines: true) : text
    // A text that ends its line, such as a .creds file, stays what it is byte for byte.
    return Array(shown.utf8) + (shown.utf8.last == 0x0A ? [] : [0x0A])
  }
}
