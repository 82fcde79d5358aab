/// Text in mdoc, the language of manual pages (mdoc(7)): nothing in it is a macro, sentences begin on lines of their own, and lines are short.
enum Mdoc {
  private static let width = 78

  static func text(_ text: String) -> String {
    var sentences: [[Substring]] = [[]]
    for word in text.split(separator: " ") {
      sentences[sentences.count - 1].append(word)
      if word.hasSuffix(".") { sentences.append([]) }
    }
    return sentences.filter { !$0.isEmpty }.flatMap { lines(of: $0.map { escaped(String($0)) }) }.joined(separator: "\n")
  }

  /// Its bytes as they are, as an argument of a macro or within a line.
  static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      case "\"": "\\(dq"
      // A minus as it is typed; a bare one may become a hyphen.
      case "-": "\\-"
      // As manual pages write it; a terminal of ASCII has no other.
      case "…": "..."
      case " "..."~": String(scalar)
      default: "\\[u\(padded(String(scalar.value, radix: 16, uppercase: true)))]"
      }
    }.joined()
  }

  private static func padded(_ digits: String) -> String { String(repeating: "0", count: max(0, 4 - digits.count)) + digits }

  private static func lines(of words: [String]) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words {
      if line.isEmpty {
        line = word
      } else if line.count + 1 + word.count <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = word
      }
    }
    // A line that begins with one of these would be a macro.
    return (lines + [line]).map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&" + $0 : $0 }
  }
}
