#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The part of a URL between `//` and the path: a host and perhaps a port.
struct APIAuthority {
  let text: String
  let isLoopback: Bool

  init(_ given: Substring) throws(APIURL.Problem) {
    guard !given.contains("@") else { throw .because("it must not have a user name or password in it") }
    guard !given.contains("%") else { throw .because("its host must not have percent signs") }
    let (host, port) = try Self.split(given)
    if host.hasPrefix("[") {
      guard Self.isIPv6(host.dropFirst().dropLast()) else { throw .because("its host in brackets is not an IPv6 address") }
    } else {
      guard Self.isName(host) else { throw .because("its host is missing or not a host's name") }
    }
    let lowered = host.lowercased()
    isLoopback = lowered == "localhost" || lowered == "[::1]" || Self.isLoopbackIPv4(lowered)
    guard let port else {
      text = lowered
      return
    }
    text = "\(lowered):\(try Self.number(port))"
  }

  private static func split(_ given: Substring) throws(APIURL.Problem) -> (host: Substring, port: Substring?) {
    guard given.hasPrefix("[") else {
      guard let colon = given.firstIndex(of: ":") else { return (given, nil) }
      return (given[..<colon], given[given.index(after: colon)...])
    }
    guard let end = given.firstIndex(of: "]") else { throw .because("its host has no closing bracket") }
    let rest = given[given.index(after: end)...]
    guard rest.isEmpty || rest.hasPrefix(":") else { throw .because("only a port may follow the host") }
    return (given[...end], rest.isEmpty ? nil : rest.dropFirst())
  }

  private static func number(_ port: Substring) throws(APIURL.Problem) -> Int {
    let isNumber = (1...5).contains(port.utf8.count) && port.utf8.allSatisfy(isDigit)
    guard isNumber, let number = Int(port), (1...65_535).contains(number) else {
      throw .because("its port is not a number from 1 to 65535")
    }
    return number
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  private static func isIPv6(_ text: Substring) -> Bool {
    var address = in6_addr()
    return inet_pton(AF_INET6, String(text), &address) == 1
  }

  /// Labels of letters, digits, dashes and underscores between single dots.
  private static func isName(_ text: Substring) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy { isDigit($0) || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || "-_".utf8.contains($0) }
    }
  }

  /// 127 and three more decimal numbers: shorter and octal forms are left to those who want to be misread.
  private static func isLoopbackIPv4(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127"
      && parts.allSatisfy { part in
        guard let number = UInt8(part) else { return false }
        return part == "\(number)"
      }
  }
}
