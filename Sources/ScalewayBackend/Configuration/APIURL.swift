/// Where the API is: checked so strictly that paths can be put behind it as they are, and a key never goes out in plain text.
package struct APIURL: Sendable, Equatable {
  /// `scheme://host[:port][/path]`, scheme and host in lower case, without a slash at the end.
  package let text: String
  /// Plain http, which is for loopback only.
  package let isPlain: Bool

  /// Why a text is no such URL, in words that go behind "it is not a usable URL:"; never the text.
  package struct Problem: Error, Equatable {
    package let reason: String
    static func because(_ reason: String) -> Problem { Problem(reason: reason) }
  }

  /// Takes https, or http to `localhost`, `127.0.0.0/8` and `[::1]`; a port and a path; no userinfo, query, fragment or dots to fold.
  package init(_ given: String) throws(Problem) {
    guard given.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !given.contains("\\"), given.utf8.count <= 2000 else {
      throw .because("it must be plain ASCII without spaces and backslashes")
    }
    guard !given.contains(where: { "?#".contains($0) }) else { throw .because("it must not have a query or a fragment") }
    let lowered = given.prefix(8).lowercased()
    isPlain = lowered.hasPrefix("http://")
    guard isPlain || lowered.hasPrefix("https://") else { throw .because("it must begin with https://") }
    let scheme = isPlain ? "http://" : "https://"
    let rest = given.dropFirst(scheme.count)
    let end = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = try APIAuthority(rest[..<end])
    guard !isPlain || authority.isLoopback else {
      throw .because("plain http is for this machine only (localhost, 127.0.0.0/8, [::1]): use https")
    }
    text = try scheme + authority.text + Self.path(rest[end...])
  }

  private init(builtIn text: String) {
    self.text = text
    isPlain = false
  }

  /// What Scaleway's own programs use.
  package static let builtIn = APIURL(builtIn: "https://api.scaleway.com")

  private static func path(_ given: Substring) throws(Problem) -> String {
    var segments = given.split(separator: "/", omittingEmptySubsequences: false)[...]
    while segments.last?.isEmpty == true { segments.removeLast() }
    for segment in segments.dropFirst() {
      guard !segment.isEmpty, segment != ".", segment != ".." else { throw .because("its path has empty or dotted parts") }
      guard segment.utf8.allSatisfy(isOfPaths) else { throw .because("its path has characters that do not belong there") }
    }
    return segments.joined(separator: "/")
  }

  /// Percent signs too are left out: what they hide is folded by some programs and not by others.
  private static func isOfPaths(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "-._~!$&'()*+,;=:@".utf8.contains(byte)
    }
  }
}
