/// A text in a colour that means something.
package enum TextColor: String, Sendable {
  case bold = "1"
  case red = "31"
  case green = "32"
  case yellow = "33"

  package func on(_ text: String, if hasColor: Bool) -> String { hasColor ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text }
}
