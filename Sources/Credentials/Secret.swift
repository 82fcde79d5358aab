/// A text that must never be printed: the one type that carries a .creds text or a key. Everything that could show it shows
/// `[redacted]`; whoever really needs the text asks for `revealed`.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package let revealed: String

  package init(_ text: String) { revealed = text }

  package var description: String { "[redacted]" }
  package var debugDescription: String { "[redacted]" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
