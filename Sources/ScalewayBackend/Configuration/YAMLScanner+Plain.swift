extension YAMLScanner {
  /// Refuses what has a meaning of its own at the beginning of a key or a value.
  func checkBeginning() throws(YAMLProblem) {
    switch next {
    case "&", "*": throw problem("anchors and aliases are not read; quote a text that begins like one")
    case "!": throw problem("tags are not read; quote a text that begins like one")
    case "|", ">": throw problem("texts of several lines are not read; quote a text that begins like one")
    case "[", "{": throw problem("lists and mappings in brackets are not read; quote a text that begins like one")
    case "-" where peek(1) == nil || peek(1) == " ": throw problem("a list item is not allowed here")
    case "%", "@", "`", "]", "}", ",", "?", ":", "#": throw problem("nothing begins with this character; put the text in quotes")
    default: return
    }
  }

  /// A text without quotes, up to the colon of a key, a comment or the end of the line; without the spaces at its end.
  mutating func plain(endsAtColon: Bool) throws(YAMLProblem) -> String {
    let start = index
    var end = index
    while let character = next {
      if character == "\t" { throw problem("a tab: use spaces") }
      if character == "#", end < index { break }
      if isColon {
        guard endsAtColon else { throw problem("a colon with a space behind it inside a value: put the value in quotes") }
        break
      }
      advance()
      if character != " " { end = index }
    }
    rewind(to: end)
    var text = String.UnicodeScalarView()
    text.append(contentsOf: line.characters[start..<end])
    return String(text)
  }
}
