/// Where the nats-server listens, or will: `nats://host:port`.
package struct NATSAddress: Equatable, Sendable {
  package let host: String
  package let port: Int

  /// For the resolver: an IPv6 address without its brackets.
  package var bareHost: String { host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host }
  /// What accounts say as their endpoint.
  package var url: String { "nats://\(host):\(port)" }
  /// Whether it can only be this machine.
  package var isLoopback: Bool { bareHost == "localhost" || bareHost == "::1" || bareHost.hasPrefix("127.") }
  /// What the server's configuration says.
  package var listen: String { "\(host):\(port)" }

  /// Text that is no such address.
  package struct Malformed: Error {
    package init() {}
  }

  /// `host`, `host:port` or `nats://host:port`.
  package init(parsing text: String) throws(Malformed) {
    let refusal = Malformed()
    let rest = text.hasPrefix("nats://") ? text.dropFirst("nats://".count) : text[...]
    guard !rest.contains(where: { "/@,?# \"\\".contains($0) }), rest.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { throw refusal }
    let (host, portText): (Substring, Substring)
    if rest.hasPrefix("[") {
      guard let end = rest.firstIndex(of: "]") else { throw refusal }
      host = rest[...end]
      let after = rest[rest.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw refusal }
      portText = after.dropFirst()
    } else {
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count <= 2, let first = parts.first else { throw refusal }
      host = first
      portText = parts.count == 2 ? parts[1] : ""
    }
    guard !host.isEmpty else { throw refusal }
    let port = portText.isEmpty ? 4222 : Int(portText)
    guard let port, (1...65_535).contains(port) else { throw refusal }
    (self.host, self.port) = (String(host), port)
  }
}
