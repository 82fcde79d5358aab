import System

/// Rows in columns that stand below each other, for as many rows as come: what was written is never written again.
package struct TextTable: Sendable {
  package struct Column: Sendable {
    package let title: String
    /// Whether its cells may be cut where the terminal is narrow.
    package let isCut: Bool

    package init(_ title: String, isCut: Bool = false) {
      self.title = title
      self.isCut = isCut
    }
  }

  /// A text of anybody's, and how it is shown.
  package struct Cell: Sendable {
    package let text: String
    package let color: TextColor?

    package init(_ text: String, _ color: TextColor? = nil) {
      self.text = text
      self.color = color
    }
  }

  /// What the narrowest column that is cut has left.
  private static let leastWidth = 8
  private static let gap = "  "

  private let columns: [Column]
  private let look: TerminalLook
  private var widths: [Int]
  /// The first so many columns are shown; nil before the first rows.
  private var shown: Int?

  /// What does not fit is left out from the last column on; the first two are always shown.
  package init(_ columns: [Column], on look: TerminalLook) {
    self.columns = columns
    self.look = look
    widths = columns.map { DisplayWidth.of($0.title) }
  }

  /// The lines of these rows, and of the titles before the first. Each row has a cell for each column.
  package mutating func lines(of rows: [[Cell]]) -> String {
    let texts = rows.map { row in row.map { look.isUTF8 ? PrintableText.escaped($0.text) : StandardError.escaped($0.text) } }
    for row in texts { for (index, text) in row.enumerated() { widths[index] = max(widths[index], DisplayWidth.of(text)) } }
    let isFirst = shown == nil
    let count = shown ?? fitting()
    shown = count
    let room = room(beside: count)
    var lines = isFirst ? line(columns.map(\.title), columns.map { _ in TextColor.bold }, count, room) : ""
    for (row, text) in zip(rows, texts) { lines += line(text, row.map(\.color), count, room) }
    return lines
  }

  /// How many columns the terminal has room for.
  private func fitting() -> Int {
    guard let limit = look.columns else { return columns.count }
    var count = columns.count
    while count > 2, least(count) > limit { count -= 1 }
    return count
  }

  private func least(_ count: Int) -> Int {
    (0..<count).reduce((count - 1) * Self.gap.count) { $0 + (columns[$1].isCut ? min(widths[$1], Self.leastWidth) : widths[$1]) }
  }

  /// What is left for the columns that are cut, each.
  private func room(beside count: Int) -> Int {
    let isCut = (0..<count).filter { columns[$0].isCut }
    guard let limit = look.columns, !isCut.isEmpty else { return .max }
    let taken = (0..<count).reduce((count - 1) * Self.gap.count) { $0 + (columns[$1].isCut ? 0 : widths[$1]) }
    return max(Self.leastWidth, (limit - taken) / isCut.count)
  }

  private func line(_ texts: [String], _ colors: [TextColor?], _ count: Int, _ room: Int) -> String {
    var line = ""
    for index in 0..<count {
      let width = columns[index].isCut ? min(widths[index], room) : widths[index]
      let text = columns[index].isCut ? DisplayWidth.cut(texts[index], to: width, mark: look.isUTF8 ? "…" : "...") : texts[index]
      line += colors[index]?.on(text, if: look.hasColor) ?? text
      if index + 1 < count { line += String(repeating: " ", count: max(0, width - DisplayWidth.of(text))) + Self.gap }
    }
    return line + "\n"
  }
}
