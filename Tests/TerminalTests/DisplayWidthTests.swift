import Testing

@testable import Terminal

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("name", 4), ("Größe", 5), ("東京", 4), ("한글", 4), ("ｆｕｌｌ", 8), ("e\u{301}", 1), ("🚀", 2), ("👩‍💻", 2), ("🇫🇷", 2), ("❤\u{FE0F}", 2),
    ("❤", 1), ("–…", 2),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("का", 2), ("हिन्दी", 5), ("กำ", 2), ("க்ஷ", 2), ("நி", 2), ("कु", 1), ("クレデンシャル", 14),
  ])
  func columnsOfATerminal(text: String, columns: Int) { #expect(DisplayWidth.of(text) == columns) }

  @Test(arguments: [
    ("name", 4, "name"), ("names", 4, "nam…"), ("東京都", 4, "東…"), ("東京都", 5, "東京…"), ("東京", 4, "東京"),
    ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("👩‍💻👩‍💻", 3, "👩‍💻…"),
    ("abc", 1, "…"),
  ])
  func whatDoesNotFitIsCutBetweenCharacters(text: String, width: Int, shown: String) {
    let cut = DisplayWidth.cut(text, to: width)
    #expect(cut == shown && DisplayWidth.of(cut) <= width)
  }
}
