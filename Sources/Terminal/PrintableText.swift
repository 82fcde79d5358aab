/// Text of others as a terminal may be given it: nothing in it moves the cursor, changes a colour, turns the writing round or begins a line.
package enum PrintableText {
  /// Each control character, and each that is invisible or orders others, is written out as `\u{1b}`. `keepingLines`: line feeds and tabs stay.
  /// Where nothing beyond ASCII is shown it is `StandardError.escaped`.
  package static func escaped(_ text: String, keepingLines: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: mustEscape) else { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if keepingLines && (scalar == "\n" || scalar == "\t") || !mustEscape(scalar) {
        escaped.unicodeScalars.append(scalar)
      } else {
        escaped += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return escaped
  }

  private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
    if 0x20..<0x7F ~= scalar.value { return false }
    if scalar.value < 0xA0 { return true }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    // The joiners are part of how scripts and emoji are written, and order nothing.
    case .format: return scalar.value != 0x200C && scalar.value != 0x200D
    default: return false
    }
  }
}
