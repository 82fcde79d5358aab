/// Reads the part of YAML that configuration files of Scaleway's are written in: mappings and lists by indentation, values of one line.
///
/// What it takes, every YAML program takes for the same; whatever could be read in two ways is refused, with its place.
struct YAMLReader {
  private static let deepest = 8
  private var lines: ArraySlice<YAMLLine>

  /// The one mapping of a file; an empty file is an empty mapping.
  static func read(_ bytes: [UInt8]) throws(YAMLProblem) -> [YAMLEntry] {
    var reader = YAMLReader(lines: try YAMLLines.split(bytes)[...])
    try reader.cutToOneDocument()
    guard let first = reader.lines.first else { return [] }
    if first.characters[first.indent] == "{" { return try reader.emptyDocument(first) }
    guard first.indent == 0 else { throw first.problem("the first key must not be indented", at: first.indent) }
    return try reader.mapping(indent: 0, depth: 1)
  }

  private mutating func cutToOneDocument() throws(YAMLProblem) {
    if let first = lines.first {
      guard first.characters[0] != "%" else { throw first.problem("directives are not read", at: 0) }
      guard !first.isMarker(".") else { throw first.problem("the end of a document that has not begun", at: 0) }
      if first.isMarker("-") {
        try YAMLScanner(first, at: 3).expectEnd()
        lines.removeFirst()
      }
    }
    guard let end = lines.firstIndex(where: { $0.isMarker("-") || $0.isMarker(".") }) else { return }
    try YAMLScanner(lines[end], at: 3).expectEnd()
    let second = lines[end].isMarker("-") ? lines[end] : lines[lines.index(after: end)...].first
    if let second { throw second.problem("a second document: only one is read", at: 0) }
    lines.removeLast()
  }

  /// `{}`, as programs write a configuration with nothing in it.
  private mutating func emptyDocument(_ line: YAMLLine) throws(YAMLProblem) -> [YAMLEntry] {
    lines.removeFirst()
    var scanner = YAMLScanner(line, at: line.indent)
    _ = try scanner.value()
    if let next = lines.first { throw next.problem("nothing may follow an empty mapping", at: next.indent) }
    return []
  }

  private mutating func mapping(indent: Int, depth: Int) throws(YAMLProblem) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    var keys: Set<String> = []
    while let line = lines.first, line.indent == indent {
      guard depth <= Self.deepest else { throw line.problem("mappings inside mappings are too deep", at: indent) }
      lines.removeFirst()
      var scanner = YAMLScanner(line, at: indent)
      let key = try scanner.key()
      guard keys.insert(key).inserted else { throw line.problem("a duplicate key", at: indent) }
      let node = if let value = try scanner.value() { value } else { try below(indent: indent, depth: depth) }
      entries.append(YAMLEntry(key: key, line: line.number, column: indent + 1, node: node))
    }
    try expectNothingDeeper(than: indent)
    return entries
  }

  /// What the following lines say about a key with nothing behind it. A list may stand as far left as its key.
  private mutating func below(indent: Int, depth: Int) throws(YAMLProblem) -> YAMLNode {
    guard let next = lines.first else { return .null }
    if next.isItem, next.indent >= indent { return try list(indent: next.indent) }
    return next.indent > indent ? .mapping(try mapping(indent: next.indent, depth: depth + 1)) : .null
  }

  private mutating func list(indent: Int) throws(YAMLProblem) -> YAMLNode {
    while let line = lines.first, line.indent == indent, line.isItem {
      lines.removeFirst()
      var scanner = YAMLScanner(line, at: indent + 1)
      _ = try scanner.value()
    }
    try expectNothingDeeper(than: indent)
    return .list
  }

  private func expectNothingDeeper(than indent: Int) throws(YAMLProblem) {
    guard let line = lines.first, line.indent > indent else { return }
    throw line.problem("indented unlike the lines above, or a value of several lines", at: line.indent)
  }
}
