import Testing

@testable import Terminal

@Suite struct TextTableTests {
  private func table(columns: Int?) -> TextTable {
    let look = TerminalLook(-1) { ["COLUMNS": columns.map(String.init), "LANG": "C.UTF-8"][$0] ?? nil }
    return TextTable([TextTable.Column("NAME", isCut: true), TextTable.Column("ID"), TextTable.Column("CREATED")], on: look)
  }

  private func row(_ texts: String...) -> [TextTable.Cell] { texts.map { TextTable.Cell($0) } }

  @Test func columnsStandBelowEachOther() {
    var table = table(columns: nil)
    #expect(
      table.lines(of: [row("app", "1234", "just now"), row("東京都", "5", "2 days ago")])
        == """
        NAME    ID    CREATED
        app     1234  just now
        東京都  5     2 days ago

        """)
  }

  @Test func whatComesLaterMayBeWiderAndHasNoTitlesAgain() {
    var table = table(columns: nil)
    #expect(table.lines(of: [row("a", "1", "now")]) == "NAME  ID  CREATED\na     1   now\n")
    #expect(table.lines(of: [row("longer", "22", "x"), row("b", "3", "y")]) == "longer  22  x\nb       3   y\n")
  }

  @Test func whereOnlyASCIIIsShownTheRestIsWrittenOut() {
    var table = TextTable([TextTable.Column("NAME")], on: TerminalLook(-1) { ["LANG": "C"][$0] })
    #expect(table.lines(of: [row("Grü\u{200d}\n")]) == "NAME\nGr\\u{fc}\\u{200d}\\u{a}\n")
  }

  @Test func onANarrowTerminalNamesAreCutAndTheLastColumnGoesBeforeTheId() {
    let rows = [row("a name that is long", "12345678", "3 hours ago")]
    var wide = table(columns: 40)
    #expect(wide.lines(of: rows) == "NAME               ID        CREATED\na name that is l…  12345678  3 hours ago\n")
    var narrow = table(columns: 30)
    #expect(narrow.lines(of: rows) == "NAME                 ID\na name that is long  12345678\n")
    var tooNarrow = table(columns: 5)
    #expect(tooNarrow.lines(of: rows) == "NAME      ID\na name …  12345678\n")
  }

  @Test func aCellOfSomebodyElseObeysNothing() {
    var table = table(columns: nil)
    #expect(table.lines(of: [row("\u{1b}[31m\n", "1", "-")]) == "NAME             ID  CREATED\n\\u{1b}[31m\\u{a}  1   -\n")
  }
}
