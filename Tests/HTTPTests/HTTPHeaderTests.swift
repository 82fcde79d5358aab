import HTTP
import Testing

@Suite struct HTTPHeaderTests {
  @Test func namesAreTheSameInAnyCase() {
    #expect(HTTPHeader("Content-Type", "x").isNamed("content-type"))
    #expect(!HTTPHeader("Content-Type", "x").isNamed("content-length"))
  }

  @Test func nothingPrintsAValue() {
    let header = HTTPHeader("X-Auth-Token", "canary")
    let request = HTTPRequest(.post, "https://canary.example/", headers: [header], body: Array("canary".utf8), timeoutMilliseconds: 1)
    #expect(!"\(header) \(request) \([header])".contains("canary"))
  }

  @Test func theFirstHeaderOfANameIsTaken() {
    let response = HTTPResponse(status: 200, headers: [HTTPHeader("A", "1"), HTTPHeader("a", "2")], body: [])
    #expect(response.header("a") == "1")
    #expect(response.header("b") == nil)
  }
}
