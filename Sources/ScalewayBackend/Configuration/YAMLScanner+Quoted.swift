extension YAMLScanner {
  /// A text in double or single quotes, which must end on its line.
  mutating func quoted() throws(YAMLProblem) -> String {
    let start = index
    let quote = next
    var text = String.UnicodeScalarView()
    advance()
    while let character = next {
      if character == quote {
        advance()
        guard quote == "'", next == "'" else { return String(text) }
        text.append("'")
        advance()
      } else if character == "\\", quote == "\"" {
        text.append(try escaped())
      } else {
        text.append(character)
        advance()
      }
    }
    throw line.problem("a quote that does not end on its line", at: start)
  }

  /// YAML's escapes, those of them that every program knows.
  private mutating func escaped() throws(YAMLProblem) -> Unicode.Scalar {
    let start = index
    advance()
    guard let letter = next, let meaning = Self.meaning(of: letter) else { throw line.problem("an unknown escape", at: start) }
    advance()
    guard case .digits(let count) = meaning else {
      guard case .character(let character) = meaning else { throw line.problem("an unknown escape", at: start) }
      return character
    }
    var code: UInt32 = 0
    for _ in 0..<count {
      guard let digit = next, digit.isASCII, let value = Character(digit).hexDigitValue else {
        throw line.problem("an escape with too few digits", at: start)
      }
      // At most eight digits, so nothing is lost.
      code = code << 4 | UInt32(value)
      advance()
    }
    guard let character = Unicode.Scalar(code) else { throw line.problem("an escape that is no character", at: start) }
    return character
  }

  private enum Meaning {
    case character(Unicode.Scalar)
    /// So many hexadecimal digits follow.
    case digits(Int)
  }

  private static func meaning(of letter: Unicode.Scalar) -> Meaning? {
    switch letter {
    case "x": .digits(2)
    case "u": .digits(4)
    case "U": .digits(8)
    case "0": .character("\0")
    case "a": .character("\u{7}")
    case "b": .character("\u{8}")
    case "t", "\t": .character("\t")
    case "n": .character("\n")
    case "v": .character("\u{B}")
    case "f": .character("\u{C}")
    case "r": .character("\r")
    case "e": .character("\u{1B}")
    case " ", "\"", "/", "\\": .character(letter)
    case "N": .character("\u{85}")
    case "_": .character("\u{A0}")
    case "L": .character("\u{2028}")
    case "P": .character("\u{2029}")
    default: nil
    }
  }
}
