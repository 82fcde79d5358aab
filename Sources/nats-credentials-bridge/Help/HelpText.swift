/// Text of fixed width, as help has it.
enum HelpText {
  static let width = 80

  /// A name and what is said of it, beside it or, where the name is too long, below.
  static func entry(_ name: String, _ text: String, indent: Int, column: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    let lines = wrapped(text, to: width - column)
    let below = String(repeating: " ", count: column)
    guard indent + name.count < column, let first = lines.first else {
      return ([margin + name] + lines.map { below + $0 }).joined(separator: "\n")
    }
    let gap = String(repeating: " ", count: column - indent - name.count)
    return ([margin + name + gap + first] + lines.dropFirst().map { below + $0 }).joined(separator: "\n")
  }

  static func paragraph(_ text: String, indent: Int = 0) -> String {
    wrapped(text, to: width - indent).map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }

  /// A line of what is typed, none of the pieces broken. What does not fit stands below, further to the right.
  static func usage(_ pieces: [String], indent: Int) -> String {
    let below = indent + 8
    let lines = wrapped(pieces, to: width - below)
    return lines.enumerated().map { String(repeating: " ", count: $0 == 0 ? indent : below) + $1 }.joined(separator: "\n")
  }

  private static func wrapped(_ text: String, to width: Int) -> [String] {
    wrapped(text.split(separator: " ").map(String.init), to: width)
  }

  private static func wrapped(_ pieces: [String], to width: Int) -> [String] {
    var lines: [String] = []
    for piece in pieces {
      if let last = lines.last, last.count + 1 + piece.count <= width {
        lines[lines.count - 1] = last + " " + piece
      } else {
        lines.append(piece)
      }
    }
    return lines
  }
}
