import Credentials
import Testing

@testable import ScalewayBackend

/// The reader of the configuration file: what it takes, every YAML program takes for the same.
@Suite struct ProfileFileTests {
  /// A text and what it says: each value as `key=value`, with the keys above it before a slash; nothing is `-`, a list `[]`.
  static let taken: [(String, [String])] = [
    ("", []),
    ("# nothing\n\n   # at all\n", []),
    ("{}\n", []),
    ("---\n", []),
    ("---\n...\n", []),
    ("--- # begins\na: b\n... # ends\n# and this\n", ["a=b"]),
    ("\u{FEFF}a: b\r\nc: d\r\n", ["a=b", "c=d"]),
    ("a: b", ["a=b"]),
    ("a:  b c  d   # not this\n", ["a=b c  d"]),
    ("a: b#c\n", ["a=b#c"]),
    ("a: x:y\n", ["a=x:y"]),
    ("a: https://api.scaleway.com\n", ["a=https://api.scaleway.com"]),
    ("a : b\n'c' : d\n\"e\": f\n", ["a=b", "c=d", "e=f"]),
    ("a: -b\nc: b\"c'd\ne: é\n", ["a=-b", "c=b\"c'd", "e=é"]),
    ("a: 012\nb: 1e3\nc: 2024-01-01\nd: 0x1F\ne: 1_000\nf: yes\n", ["a=012", "b=1e3", "c=2024-01-01", "d=0x1F", "e=1_000", "f=yes"]),
    ("a:\nb: ~\nc: null\nd: NULL # so\n", ["a=-", "b=-", "c=-", "d=-"]),
    ("a: \"\"\nb: ''\nc: '~'\n", ["a=", "b=", "c=~"]),
    ("a: 'it''s # \\n'   # so\n", ["a=it's # \\n"]),
    (#"a: "\x41\u00e9\U0001F600\/\"\\ # b\t|""# + "\n", ["a=Aé😀/\"\\ # b\t|"]),
    (#"a: "\0\a\b\t\n\v\f\r\e\ \N\_\L\P""#, ["a=\0\u{7}\u{8}\t\n\u{B}\u{C}\r\u{1B} \u{85}\u{A0}\u{2028}\u{2029}"]),
    ("profiles: {}\n", []),
    ("profiles:\n", ["profiles=-"]),
    ("profiles:\n  office:\n    a: b\n\n  # between\n  \"at home\":\nc: d\n", ["profiles/office/a=b", "profiles/at home=-", "c=d"]),
    ("profiles:\n       office:\n        a: b\n       home:\n               a: c\n", ["profiles/office/a=b", "profiles/home/a=c"]),
    ("other:\n- one\n- 'two' # 2\n-\nnext:\n  - a\nb: c\n", ["other=[]", "next=[]", "b=c"]),
    ("a: \"b\tc\" #\td\n", ["a=b\tc"]),
  ]

  @Test(arguments: taken) func isTaken(_ text: String, _ values: [String]) throws {
    #expect(try Self.flat(YAMLReader.read(Array(text.utf8))) == values)
  }

  /// A text and the place of its refusal.
  static let refused: [(String, Int, Int)] = [
    ("a: b\n\tc: d\n", 2, 1),
    ("a:\tb\n", 1, 3),
    ("a: b\tc\n", 1, 5),
    ("a: b\n  \t\n", 2, 3),
    ("  a: b\n", 1, 3),
    ("a: b\n  c: d\n", 2, 3),
    ("a: b\n  and more\n", 2, 3),
    ("profiles:\n    a: b\n  c: d\n", 3, 3),
    ("profiles:\n  work:\n    a: b\n   c: d\n", 4, 4),
    ("a: b\na: c\n", 2, 1),
    ("a: b\n\"\\x61\": c\n", 2, 1),
    ("profiles:\n  work:\n    a: b\n  work:\n    a: c\n", 4, 3),
    ("just a text\n", 1, 12),
    ("a:b\n", 1, 4),
    ("a: b: c\n", 1, 5),
    ("a: b:\n", 1, 5),
    ("a: &x b\n", 1, 4),
    ("a: *x\n", 1, 4),
    ("a: !!str b\n", 1, 4),
    ("a: |\n  b\n", 1, 4),
    ("a: >-\n  b\n", 1, 4),
    ("a: [b]\n", 1, 4),
    ("a: {b: c}\n", 1, 4),
    ("a: {}{\n", 1, 6),
    ("{}\na: b\n", 2, 1),
    ("a: %b\n", 1, 4),
    ("a: @b\n", 1, 4),
    ("a: - b\n", 1, 4),
    ("- a\n", 1, 1),
    ("a:\n  - b: c\n", 2, 6),
    ("a:\n  - - b\n", 2, 5),
    ("a:\n  - b\n    c\n", 3, 5),
    ("? a\n: b\n", 1, 1),
    ("<<: b\n", 1, 1),
    ("~: b\n", 1, 1),
    (": b\n", 1, 1),
    ("%YAML 1.1\n---\na: b\n", 1, 1),
    ("a: b\n---\nc: d\n", 2, 1),
    ("a: b\n---\n", 2, 1),
    ("a: b\n...\nc: d\n", 3, 1),
    ("...\n", 1, 1),
    ("--- a: b\n", 1, 5),
    ("a: \"b\n  c\"\n", 1, 4),
    ("a: 'b\n", 1, 4),
    ("a: 'b' c\n", 1, 8),
    ("a: 'b'#c\n", 1, 7),
    (#"a: "\q""#, 1, 5),
    (#"a: "\'""#, 1, 5),
    (#"a: "\u12""#, 1, 5),
    (#"a: "\ud800""#, 1, 5),
    (#"a: "\UFFFFFFFF""#, 1, 5),
    (#"a: "b\"#, 1, 6),
    ("a: b\rc: d\n", 1, 5),
    ("a: b\r", 1, 5),
    ("é: é\u{85}\n", 1, 5),
    ("a: b\n# \u{2028}\n", 2, 3),
    ("a: \u{7F}\n", 1, 4),
    ("a: b\u{FEFF}\n", 1, 5),
    ("a: \0\n", 1, 4),
    ("a:\n b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i: j\n", 9, 9),
    (String(repeating: "k", count: 1001) + ": v\n", 1, 1),
  ]

  @Test(arguments: refused) func isRefusedWithItsPlace(_ text: String, _ line: Int, _ column: Int) throws {
    let problem = #expect(throws: YAMLProblem.self) { try YAMLReader.read(Array(text.utf8)) }
    #expect(problem?.line == line)
    #expect(problem?.column == column)
    #expect(problem?.text.hasPrefix("line \(line), column \(column): ") == true)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    let problem = #expect(throws: YAMLProblem.self) { try YAMLReader.read(Array("a: b\nc: ".utf8) + [0xC3, 0x28]) }
    #expect(problem?.line == 2)
    #expect(problem?.column == 4)
  }

  @Test func profilesAndTheTopLevelAreApart() throws {
    let file = try ProfileFile(
      Array(
        "api_url: top\nunknown:\n  api_url: no\nactive_profile: work\nprofiles:\n  work:\n    api_url: mine\n    insecure: 'no'\n  bare:\n"
          .utf8))
    #expect(file.topLevel.mapValues(\.text.revealed) == [.apiURL: "top"])
    #expect(file.activeProfile?.text.revealed == "work")
    #expect(file.profile("work")?.mapValues(\.text.revealed) == [.apiURL: "mine", .isInsecure: "no"])
    #expect(file.profile("work")?[.isInsecure]?.isPlain == false)
    #expect(file.profile("bare")?.isEmpty == true)
    #expect(file.profile("home") == nil)
  }

  @Test(arguments: [
    ("a: b\nsecret_key:\n  x: y\n", 2, 1), ("default_region:\n- fr-par\n", 1, 1), ("user_agent: {}\n", 1, 1),
    ("active_profile:\n  work: x\n", 1, 1), ("profiles: work\n", 1, 1), ("profiles:\n  work: x\n", 2, 3),
    ("profiles:\n- work\n", 1, 1), ("profiles:\n  work:\n    secret_key: {}\n", 3, 5),
  ]) func aKeyOfOursOfAnotherShapeIsRefused(_ text: String, _ line: Int, _ column: Int) {
    let problem = #expect(throws: YAMLProblem.self) { try ProfileFile(Array(text.utf8)) }
    #expect(problem?.line == line)
    #expect(problem?.column == column)
  }

  /// The one thing a file's values have in common is that each may be the key.
  @Test func aValueIsNeverPrinted() throws {
    let entries = try YAMLReader.read(Array("secret_key: canary\n".utf8))
    #expect(!"\(entries)".contains("canary"))
    var dumped = ""
    dump(try ProfileFile(Array("secret_key: canary\n".utf8)), to: &dumped)
    #expect(!dumped.contains("canary"))
  }

  private static func flat(_ entries: [YAMLEntry], below path: String = "") -> [String] {
    entries.flatMap { entry in
      let name = path + entry.key
      return switch entry.node {
      case .null: [name + "=-"]
      case .scalar(let scalar): [name + "=" + scalar.text.revealed]
      case .list: [name + "=[]"]
      case .mapping(let entries): flat(entries, below: name + "/")
      }
    }
  }
}
