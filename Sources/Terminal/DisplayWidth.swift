/// How many columns of a terminal a text takes. The C library knows it only for the language of its locale, which this program never sets.
package enum DisplayWidth {
  package static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text.utf8.count }
    return text.reduce(0) { $0 + of($1) }
  }

  /// The text, or as much of it as fits beside a mark that something is missing.
  package static func cut(_ text: String, to width: Int, mark: String = "…") -> String {
    guard of(text) > width else { return text }
    let room = max(0, width - of(mark))
    var kept = ""
    var taken = 0
    for character in text {
      taken += of(character)
      if taken > room { break }
      kept.append(character)
    }
    return kept + mark
  }

  private static func of(_ character: Character) -> Int {
    var (widest, added) = (0, 0)
    for scalar in character.unicodeScalars {
      // An emoji that is asked for in colour.
      if scalar.value == 0xFE0F { return 2 }
      let category = scalar.properties.generalCategory
      // What scripts of India and its neighbours put after a letter of the same character has columns of its own, the parts of an emoji have not.
      if widest > 0, category == .spacingMark || category == .otherLetter { added += of(scalar) } else { widest = max(widest, of(scalar)) }
    }
    return widest + added
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    // Vowels and finals of Hangul that combine with the consonant before them.
    if 0x1160...0x11FF ~= scalar.value { return 0 }
    return scalar.properties.isEmojiPresentation || wide.contains { $0 ~= scalar.value } ? 2 : 1
  }

  /// East Asian scripts and full-width forms: what Unicode's EastAsianWidth calls W and F, in blocks. Emoji aside.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1B000...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x2FFFD, 0x30000...0x3FFFD,
  ]
}
