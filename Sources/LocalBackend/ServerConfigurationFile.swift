import NATSClient

/// The nats-server.conf that stands in a state folder. It is the user's once it is written: it is read here, and changed by single lines.
struct ServerConfigurationFile {
  private(set) var lines: [Substring]

  init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

  var text: String { lines.joined(separator: "\n") }

  /// Where the server listens; nil if the file says it in a way that is not understood here.
  var listen: NATSAddress? {
    guard let text = value(of: "listen") ?? value(of: "port") else { return nil }
    // A port alone is every address of the machine.
    do throws(NATSAddress.Malformed) { return try NATSAddress(parsing: Int(text) == nil ? text : "127.0.0.1:" + text) } catch { return nil }
  }

  /// The lines that say whom the server trusts and where it finds claims.
  private static let trust = ["operator", "system_account", "resolver", "resolver_preload"]

  /// Of these, the names of those that do not say what another file says. Of a resolver only the folder counts: how often it looks, and how
  /// long it waits, are the user's own.
  func lines(unlike other: ServerConfigurationFile) -> [String] {
    Self.trust.filter { name in
      guard name == "resolver", let own = line(of: name), let folder = other.resolverFolder else {
        return line(of: name) != other.line(of: name)
      }
      return !own.contains(folder)
    }
  }

  private var resolverFolder: Substring? {
    line(of: "resolver")?.split(separator: "dir: ").last.map { $0.prefix { $0 != "," } }
  }

  /// Takes them from another file.
  mutating func takeTrust(of other: ServerConfigurationFile) {
    for name in lines(unlike: other) {
      guard let line = other.line(of: name) else { continue }
      if let index = index(of: name) { lines[index] = line } else { lines.insert(line, at: 0) }
    }
  }

  private func line(of name: String) -> Substring? { index(of: name).map { lines[$0] } }

  var portsFolder: String? { value(of: "ports_file_dir") }

  mutating func setListen(_ address: NATSAddress) { set("listen", ServerConfiguration.quoted(address.listen)) }

  mutating func setPortsFolder(_ path: String) { set("ports_file_dir", ServerConfiguration.quoted(path)) }

  /// Of a line at the top level, `name: value`, `name = value` or `name value`, without its quotes.
  private func value(of name: String) -> String? {
    guard let index = index(of: name) else { return nil }
    var rest = lines[index].drop { $0 == " " || $0 == "\t" }.dropFirst(name.count).drop { " \t:=".contains($0) }
    guard let quote = rest.first, quote == "\"" || quote == "'" else {
      rest = rest.prefix { !" \t#;,\r".contains($0) }
      return rest.isEmpty ? nil : String(rest)
    }
    var value = ""
    var isEscaped = false
    for character in rest.dropFirst() {
      if isEscaped || character != "\\" && character != quote { value.append(character) } else if character == quote { return value }
      isEscaped = character == "\\" && !isEscaped && quote == "\""
    }
    return nil
  }

  private func index(of name: String) -> Int? {
    var depth = 0
    for (index, line) in lines.enumerated() {
      let line = line.drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("#") || line.hasPrefix("//") { continue }
      let after = line.dropFirst(name.count).first
      if depth == 0, line.hasPrefix(name), after.map({ " \t:=".contains($0) }) == true { return index }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
    }
    return nil
  }

  private mutating func set(_ name: String, _ value: String) {
    let line = "\(name): \(value)"[...]
    if let index = index(of: name) { lines[index] = line } else { lines.insert(line, at: 0) }
  }
}
