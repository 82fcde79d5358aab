import Foundation

/// One statement of SQL as it stands in the sources of the target, white space made even.
struct SourceStatement {
  let file: String
  let text: String

  /// Every literal of the target that begins as SQL does, but those of the lists, which `ListSQL` puts together, and the tables' own.
  static func all() throws -> [SourceStatement] {
    try sources().filter { $0.name != "ListSQL.swift" && $0.name != "Schema.swift" }.flatMap { file in
      literals(file.text).map { SourceStatement(file: file.name, text: $0) }
    }
  }

  /// The target's files.
  static func sources() throws -> [(name: String, text: String)] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "Sources/LocalBackend")
    let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }.sorted()
    return try paths.map { path in
      let file = folder.appending(path: path)
      return (file.lastPathComponent, try String(contentsOf: file, encoding: .utf8))
    }
  }

  static func literals(_ source: String) -> [String] {
    let long = /"""\n((?s:.*?))"""/
    let short = /"((?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH) (?:[^"\\\n]|\\\([^)]*\)|\\[^(])*)"/
    let found = source.matches(of: long).map(\.1) + source.replacing(long, with: "").matches(of: short).map(\.1)
    return found.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }.filter {
      $0.starts(with: #/(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH) /#)
    }
  }

  /// The statement with a value in each place where the source puts one in; several where there are several values.
  func filled(_ values: [String: [String]]) -> [String] {
    values.reduce([text]) { texts, place in
      texts.flatMap { text in text.contains(place.key) ? place.value.map { text.replacing(place.key, with: $0) } : [text] }
    }
  }
}
