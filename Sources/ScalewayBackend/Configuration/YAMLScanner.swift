import Credentials

/// Reads one line from left to right.
struct YAMLScanner {
  /// PyYAML and go-yaml give up on keys of more than 1024 characters.
  private static let longestKey = 1000
  let line: YAMLLine
  private(set) var index: Int

  init(_ line: YAMLLine, at index: Int) {
    self.line = line
    self.index = index
  }

  /// The character to be read; nil at the end of the line.
  var next: Unicode.Scalar? { peek(0) }

  func peek(_ distance: Int) -> Unicode.Scalar? {
    index + distance < line.characters.count ? line.characters[index + distance] : nil
  }

  mutating func advance(_ count: Int = 1) { index += count }

  /// Back to where a text ends, before the spaces behind it.
  mutating func rewind(to end: Int) { index = end }

  func problem(_ reason: String) -> YAMLProblem { line.problem(reason, at: index) }

  /// The key, its colon, and the spaces behind it.
  mutating func key() throws(YAMLProblem) -> String {
    let start = index
    let key: String
    if next == "\"" || next == "'" {
      key = try quoted()
    } else {
      try checkBeginning()
      key = try plain(endsAtColon: true)
      guard !["<<", "~", "null", "Null", "NULL"].contains(key) else {
        throw line.problem("a merge key or one that stands for nothing: quote it", at: start)
      }
    }
    skipSpaces()
    guard isColon else { throw problem("expected a colon and a space behind the key") }
    guard index - start <= Self.longestKey else { throw line.problem("a key that is too long", at: start) }
    advance()
    return key
  }

  /// What stands on the rest of the line; nil if nothing does.
  mutating func value() throws(YAMLProblem) -> YAMLNode? {
    skipSpaces()
    guard let first = next, first != "#" else { return nil }
    if first == "{", peek(1) == "}" {
      advance(2)
      try expectEnd()
      return .mapping([])
    }
    if first == "\"" || first == "'" {
      let text = Secret(try quoted())
      try expectEnd()
      return .scalar(YAMLScalar(text: text, isPlain: false))
    }
    try checkBeginning()
    let text = try plain(endsAtColon: false)
    try expectEnd()
    return ["~", "null", "Null", "NULL"].contains(text) ? .null : .scalar(YAMLScalar(text: Secret(text), isPlain: true))
  }

  /// Only spaces, or a comment with a space before it.
  func expectEnd() throws(YAMLProblem) {
    var rest = self
    rest.skipSpaces()
    if rest.next == nil || rest.next == "#" && rest.index > index { return }
    throw rest.problem("expected the end of the line")
  }

  mutating func skipSpaces() { while next == " " { advance() } }

  /// A colon that ends a key: the end of the line or a space follows.
  var isColon: Bool { next == ":" && (peek(1) == nil || peek(1) == " ") }
}
