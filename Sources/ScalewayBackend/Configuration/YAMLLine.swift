/// A line with something on it: neither blank nor a comment.
struct YAMLLine {
  let number: Int
  let characters: [Unicode.Scalar]
  /// The spaces before its first character.
  let indent: Int

  /// `---` or `...` stands at its very beginning, with nothing or a space behind it.
  func isMarker(_ marker: Unicode.Scalar) -> Bool {
    characters.starts(with: [marker, marker, marker]) && (characters.count == 3 || characters[3] == " ")
  }

  /// An item of a list begins here.
  var isItem: Bool {
    characters[indent] == "-" && (characters.count == indent + 1 || characters[indent + 1] == " ")
  }

  func problem(_ reason: String, at index: Int) -> YAMLProblem { YAMLProblem(line: number, column: index + 1, reason: reason) }
}
