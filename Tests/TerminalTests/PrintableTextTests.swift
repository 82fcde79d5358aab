import Testing

@testable import Terminal

@Suite struct PrintableTextTests {
  @Test(arguments: [
    ("plain Größe 東京 🚀 👩‍💻", "plain Größe 東京 🚀 👩‍💻"), ("\u{1b}[2J", "\\u{1b}[2J"), ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
    ("\u{9b}1m", "\\u{9b}1m"),
    ("\u{7f}\u{0}", "\\u{7f}\\u{0}"), ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"), ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
    ("\u{2066}\u{feff}\u{ad}", "\\u{2066}\\u{feff}\\u{ad}"),
    ("\u{e0041}", "\\u{e0041}"),
  ])
  func nothingInItIsObeyed(text: String, shown: String) { #expect(PrintableText.escaped(text) == shown) }

  @Test func aTextOfLinesKeepsThem() { #expect(PrintableText.escaped("a\n\tb\r\u{1b}\n", keepingLines: true) == "a\n\tb\\u{d}\\u{1b}\n") }
}
