#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What may be written to a descriptor for people.
package struct TerminalLook: Sendable {
  package let isTerminal: Bool
  /// Whether escape sequences are obeyed: a terminal that is not dumb.
  package let obeysSequences: Bool
  package let hasColor: Bool
  /// Whether more than ASCII is shown.
  package let isUTF8: Bool
  /// Nil where there is no limit.
  package let columns: Int?

  /// `variable` gives a variable of the environment; one that is empty counts as not set.
  package init(_ descriptor: Int32, variable: (String) -> String?) {
    isTerminal = isatty(descriptor) == 1
    let term = variable("TERM")
    obeysSequences = isTerminal && term != nil && term != "dumb"
    // https://no-color.org
    hasColor = obeysSequences && variable("NO_COLOR") == nil
    let language = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? ""
    isUTF8 = Self.namesUTF8(language.lowercased())
    columns = variable("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? (isTerminal ? Self.columns(of: descriptor) : nil)
  }

  /// Of language_TERRITORY.codeset@modifier, as in ca_ES.UTF-8@valencia, the codeset.
  private static func namesUTF8(_ language: String) -> Bool {
    let named = language.prefix { $0 != "@" }
    return named.hasSuffix("utf-8") || named.hasSuffix("utf8")
  }

  private static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
