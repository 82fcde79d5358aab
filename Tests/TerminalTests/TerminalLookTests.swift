import Testing

@testable import Terminal

/// What the variables say; that of a real terminal is shown by the process tests.
@Suite struct TerminalLookTests {
  @Test(arguments: [
    (["LANG": "C.UTF-8"], true), (["LANG": "de_DE.utf8"], true), (["LANG": "C.UTF-8", "LC_ALL": "C"], false),
    (["LANG": "C", "LC_CTYPE": "en_US.UTF-8"], true),
    (["LANG": "ca_ES.UTF-8@valencia"], true), (["LANG": "uz_UZ.utf8@cyrillic"], true), (["LANG": "de_DE@utf8"], false),
    (["LANG": "de_DE.ISO-8859-15@euro"], false), (["LANG": "en_US.ISO-8859-1"], false), ([:], false),
  ])
  func theLanguageSaysWhetherThereIsMoreThanASCII(variables: [String: String], isUTF8: Bool) {
    #expect(TerminalLook(-1) { variables[$0] }.isUTF8 == isUTF8)
  }

  @Test(arguments: [("120", 120), ("0", nil), ("wide", nil), ("-5", nil)] as [(String, Int?)])
  func columnsMayBeGiven(variable: String, columns: Int?) {
    #expect(TerminalLook(-1) { $0 == "COLUMNS" ? variable : nil }.columns == columns)
  }

  @Test func whatIsNoTerminalHasNoColor() {
    let look = TerminalLook(-1) { ["TERM": "xterm-256color"][$0] }
    #expect(!look.isTerminal && !look.hasColor && !look.obeysSequences && look.columns == nil)
  }
}
