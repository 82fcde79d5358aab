package import JSON

/// The rows of a page as they go on the wire: whole objects with commas between, in one piece if they are short. A hundred rows are one array
/// and not a hundred, and a list or a part of a stream is put together from them at once.
package struct RowsText: Sendable {
  /// Rows that stand one after the other, with commas between.
  private struct Run: Sendable {
    var bytes: [UInt8]
    /// Where each row ends.
    var ends: [Int]
    /// It is one long row, to which nothing is added: that would copy it.
    var isLong = false
  }

  private var runs: [Run] = []
  package private(set) var count = 0

  package init() {}

  package init(_ rows: [JSONText]) {
    let short = rows.reduce(0) { $0 + ($1.isLong ? 0 : $1.bytes.count + 1) }
    if short > 0 { reserve(short, rows: rows.count) }
    for row in rows { append(row) }
  }

  package var isEmpty: Bool { count == 0 }

  /// Makes room for short rows of so many bytes together.
  package mutating func reserve(_ byteCount: Int, rows: Int) {
    var run = Run(bytes: [], ends: [])
    run.bytes.reserveCapacity(byteCount)
    run.ends.reserveCapacity(rows)
    runs.append(run)
  }

  package mutating func append(_ row: JSONText) {
    guard row.isLong else { return row.bytes.withUnsafeBytes { append($0) } }
    // Not worth a copy.
    runs.append(Run(bytes: row.bytes, ends: [row.bytes.count], isLong: true))
    count += 1
  }

  /// `row` is one JSON object as it goes on the wire.
  package mutating func append(_ row: UnsafeRawBufferPointer) {
    if runs.last?.isLong ?? true { runs.append(Run(bytes: [], ends: [])) }
    let last = runs.count - 1
    if !runs[last].ends.isEmpty { runs[last].bytes.append(UInt8(ascii: ",")) }
    runs[last].bytes.append(contentsOf: row)
    runs[last].ends.append(runs[last].bytes.count)
    count += 1
  }

  /// All rows, run by run, each of which is one array.
  package var pieces: [[UInt8]] { runs.compactMap { $0.ends.isEmpty ? nil : $0.bytes } }

  /// The rows in groups of at most so many bytes, a single longer row aside. Each group is slices to be joined by commas.
  package func groups(ofAtMost byteCount: Int) -> [[ArraySlice<UInt8>]] {
    var groups: [[ArraySlice<UInt8>]] = [[]]
    var size = 0
    for run in runs {
      // Of the slice that is not in a group yet.
      var (start, end) = (0, 0)
      for rowEnd in run.ends {
        let row = rowEnd - (end == 0 ? 0 : end + 1)
        if size + row + 1 > byteCount, size > 0 {
          if end > start { groups[groups.count - 1].append(run.bytes[start..<end]) }
          groups.append([])
          start = end == 0 ? 0 : end + 1
          size = 0
        }
        size += row + 1
        end = rowEnd
      }
      if end > start { groups[groups.count - 1].append(run.bytes[start..<end]) }
    }
    return groups
  }
}
