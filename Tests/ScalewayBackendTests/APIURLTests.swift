import ScalewayBackend
import Testing

/// The key goes wherever this URL says, and paths are put behind it as they are.
@Suite struct APIURLTests {
  @Test(arguments: [
    ("https://api.scaleway.com", "https://api.scaleway.com"),
    ("https://api.scaleway.com/", "https://api.scaleway.com"),
    ("https://api.scaleway.com///", "https://api.scaleway.com"),
    ("HTTPS://API.Scaleway.COM/Path", "https://api.scaleway.com/Path"),
    ("https://api.example.com:8443/a/b-c_d.e~f/", "https://api.example.com:8443/a/b-c_d.e~f"),
    ("https://10.0.0.1:0443", "https://10.0.0.1:443"),
    ("https://[2001:DB8::1]:1", "https://[2001:db8::1]:1"),
    ("https://my_host/...", "https://my_host/..."),
    ("http://localhost:8080", "http://localhost:8080"),
    ("http://LocalHost", "http://localhost"),
    ("http://127.0.0.1:65535/x", "http://127.0.0.1:65535/x"),
    ("http://127.255.1.2", "http://127.255.1.2"),
    ("http://[::1]:80/", "http://[::1]:80"),
  ]) func isTaken(_ given: String, _ text: String) throws {
    let url = try APIURL(given)
    #expect(url.text == text)
    #expect(url.isPlain == text.hasPrefix("http://"))
  }

  @Test(arguments: [
    "", "api.scaleway.com", "//api.scaleway.com", "https:", "https://", "https:///path", "https:/api.scaleway.com",
    "ftp://api.scaleway.com",
    "file:///etc/passwd", " https://api.scaleway.com", "https://api.scaleway.com ", "https://api.scaleway.com\n",
    "https://api.scaleway.com/\u{7F}",
    "https://apí.scaleway.com", "https://api.scaleway.com\\@evil", "https://user@api.scaleway.com", "https://user:word@api.scaleway.com",
    "https://@api.scaleway.com", "https://api.scaleway.com?x=y", "https://api.scaleway.com/?", "https://api.scaleway.com#x",
    "https://api.scaleway.com/#",
    "https://api.scaleway.com/../x", "https://api.scaleway.com/a/./b", "https://api.scaleway.com/a/..", "https://api.scaleway.com/.",
    "https://api.scaleway.com//a", "https://api.scaleway.com/a//b", "https://api.scaleway.com/%2e%2e/a", "https://api%2escaleway.com",
    "https://api.scaleway.com/a%2fb", "https://api.scaleway.com/\"", "https://api.scaleway.com/{a}", "https://api..scaleway.com",
    "https://.scaleway.com", "https://api.scaleway.com.", "https://api.scaleway.com:", "https://api.scaleway.com:0",
    "https://api.scaleway.com:65536",
    "https://api.scaleway.com:+1", "https://api.scaleway.com:000443", "https://api.scaleway.com:1:2", "https://[::1", "https://[::1]x",
    "https://[]",
    "https://[127.0.0.1]", "https://[fe80::1%25eth0]", "https://::1", "https://a,b",
    "http://api.scaleway.com", "http://localhost.example.com", "http://127.0.0.1.example.com", "http://127.1", "http://0177.0.0.1",
    "http://127.0.0.01", "http://127.0.0.256", "http://2130706433", "http://0.0.0.0", "http://[::2]", "http://[::ffff:127.0.0.1]",
    "http://",
  ]) func isRefused(_ given: String) {
    let refusal = #expect(throws: APIURL.Problem.self) { try APIURL(given) }
    #expect(refusal?.reason.isEmpty == false)
  }

  @Test func onlySoLong() throws {
    let longest = "https://api.scaleway.com/" + String(repeating: "a", count: 2000 - 25)
    #expect(try APIURL(longest).text == longest)
    #expect(throws: APIURL.Problem.self) { try APIURL(longest + "a") }
  }

  @Test func theOneBuiltInIsLikeAnyOther() throws {
    #expect(try APIURL(APIURL.builtIn.text) == .builtIn)
  }
}
