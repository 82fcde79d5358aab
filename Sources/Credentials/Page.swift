/// One page of a list.
package struct Page<Rows: Sendable>: Sendable {
  package let rows: Rows
  /// How many rows the whole list has, all pages together, when this page was read.
  package let totalCount: Int
  /// No page follows. A page that may be the last is not: the one after it is then empty.
  package let isLast: Bool

  package init(rows: Rows, totalCount: Int, isLast: Bool) {
    self.rows = rows
    self.totalCount = totalCount
    self.isLast = isLast
  }
}

/// One page of a stream, and where the next one begins.
package struct StreamPage<Rows: Sendable>: Sendable {
  package var rows: Rows
  package let totalCount: Int
  /// What to hand in for the next page.
  package let next: StreamPosition
  /// No page follows.
  package let isLast: Bool
  /// Rows shifted under the pages and had to be found again.
  package let moved: Bool
  /// False if rows may have been missed: the position after the last row could not be found again.
  package let complete: Bool

  package init(rows: Rows, totalCount: Int, next: StreamPosition, isLast: Bool, moved: Bool = false, complete: Bool = true) {
    self.rows = rows
    self.totalCount = totalCount
    self.next = next
    self.isLast = isLast
    self.moved = moved
    self.complete = complete
  }

  /// The same page with its rows in another form.
  package func with<Other: Sendable>(_ rows: Other) -> StreamPage<Other> {
    StreamPage<Other>(rows: rows, totalCount: totalCount, next: next, isLast: isLast, moved: moved, complete: complete)
  }
}

/// A position between two pages, in a backend's own words.
package struct StreamPosition: Sendable {
  /// What a cursor carries into another process: printable ASCII, at most 4 KiB, no secret.
  package let text: String
  /// What helps only while the stream runs, such as the ids of the last pages.
  package let memory: [String]

  package init(text: String, memory: [String] = []) {
    self.text = text
    self.memory = memory
  }
}
