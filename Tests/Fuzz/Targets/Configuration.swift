import Credentials

@testable import ScalewayBackend

/// Scaleway's configuration file: what is read is the same when it is written out in quotes, and a refusal names a place and no text.
extension FuzzTarget {
  static let configuration = FuzzTarget(name: "configuration") { input in
    let entries: [YAMLEntry]
    do throws(YAMLProblem) {
      entries = try YAMLReader.read(input)
    } catch { return try isFine(error, input) }
    let again: [YAMLEntry]
    do throws(YAMLProblem) {
      again = try YAMLReader.read(Array(written(entries).utf8))
    } catch {
      // An escape may be longer than what stood there.
      return try promise(error.reason == "a key that is too long", "written out in quotes it is refused: \(error.text)")
    }
    try promise(same(entries, again), "written out in quotes it is read as something else")
    let file: ProfileFile
    do throws(YAMLProblem) { file = try ProfileFile(input) } catch { return try isFine(error, input) }
    let values = entries.filter { ScalewayKey(rawValue: $0.key) != nil }.filter { if case .scalar = $0.node { true } else { false } }
    try promise(file.topLevel.count == values.count, "a key is passed over")
  }

  private static func isFine(_ problem: YAMLProblem, _ input: [UInt8]) throws {
    let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
    try promise(1...lines.count ~= problem.line, "the problem is in no line")
    try promise(1...lines[problem.line - 1].count + 1 ~= problem.column, "the problem is in no column")
    try promise(!problem.text.contains(canary), "a refusal repeats what came in")
  }

  /// Every key in double quotes, and every value that was in any.
  private static func written(_ entries: [YAMLEntry], indent: Int = 0) -> String {
    entries.map { entry in
      let start = String(repeating: " ", count: indent) + quoted(entry.key) + ":"
      return switch entry.node {
      case .null: start + "\n"
      case .scalar(let scalar): start + " " + (scalar.isPlain ? scalar.text.revealed : quoted(scalar.text.revealed)) + "\n"
      case .list: start + "\n" + String(repeating: " ", count: indent) + "- item\n"
      case .mapping(let inner): inner.isEmpty ? start + " {}\n" : start + "\n" + written(inner, indent: indent + 2)
      }
    }.joined()
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      if scalar != "\"", scalar != "\\", 0x20..<0x7F ~= scalar.value || 0xA0..<0x2028 ~= scalar.value { return String(scalar) }
      let digits = String(scalar.value, radix: 16)
      return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    }
    return "\"" + escaped.joined() + "\""
  }

  private static func same(_ one: [YAMLEntry], _ other: [YAMLEntry]) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { $0.key.utf8.elementsEqual($1.key.utf8) && same($0.node, $1.node) }
  }

  private static func same(_ one: YAMLNode, _ other: YAMLNode) -> Bool {
    switch (one, other) {
    case (.null, .null), (.list, .list): true
    case (.scalar(let left), .scalar(let right)):
      left.isPlain == right.isPlain && left.text.revealed.utf8.elementsEqual(right.text.revealed.utf8)
    case (.mapping(let left), .mapping(let right)): same(left, right)
    default: false
    }
  }
}
