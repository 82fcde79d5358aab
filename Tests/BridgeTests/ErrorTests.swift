import Bridge
import Credentials
import JSON
import JSONRPC
import Synchronization
import System
import Testing

@Suite struct ErrorTests {
  /// The table of the protocol: kind to code, and what may be tried again.
  @Test(arguments: [
    ("invalid_params", -32602, false), ("unauthenticated", 1401, false), ("permission_denied", 1403, false), ("not_found", 1404, false),
    ("timeout", 1408, true), ("already_exists", 1409, false), ("conflict", 1409, false), ("transient_state", 1409, true),
    ("resource_expired", 1410, false), ("precondition_failed", 1412, false), ("resource_locked", 1423, true), ("rate_limited", 1429, true),
    ("quota_exceeded", 1430, false), ("not_configured", 1460, false), ("library_missing", 1461, false),
    ("library_unusable", 1461, false), ("save_failed", 1470, false), ("bad_response", 1502, false), ("backend_unavailable", 1503, true),
    ("network", 1503, true), ("revocation_pending", 1504, true),
    ("storage", 1507, false), ("tls", 1525, false), ("internal", -32603, false), ("cancelled", -32800, false),
  ]) func everyBackendErrorReachesTheWire(_ word: String, _ code: Int, _ mayRetry: Bool) async throws {
    let kind = try #require(CredentialsError.Kind(rawValue: word))
    let stub = StubBackend(CredentialsError(kind, "something is wrong"))
    let request = #"{"jsonrpc":"2.0","id":1,"method":"accounts.create","params":{"name":"x"}}"#
    let answer = try #require(try await Conversation.answers(stub, [request]).first)
    let error = try #require(answer["error"])
    #expect(error["code"]?.int == code)
    #expect(error["data"]?["kind"]?.string == word)
    #expect(error["data"]?["outcome"]?.string == "none")
    #expect(error["data"]?["retryable"] == .bool(mayRetry))
    #expect((error["data"]?["retry_after_ms"] != nil) == mayRetry)
  }

  @Test func everyKindOfABackendHasItsRow() {
    for kind in CredentialsError.Kind.allCases { #expect(ErrorKind.all.contains { $0.name == kind.rawValue }, "\(kind)") }
  }

  @Test func anUnknownOutcomeIsNotRetried() async throws {
    let stub = StubBackend(CredentialsError(.network, "the line broke", outcome: .unknown))
    let answer = try #require(try await Conversation.answers(stub, [#"{"jsonrpc":"2.0","id":1,"method":"accounts.create"}"#]).first)
    #expect(answer["error"]?["data"]?["outcome"]?.string == "unknown")
    #expect(answer["error"]?["data"]?["retryable"] == .bool(false))
  }

  @Test func paramsAreRefusedBeforeAnythingIsSent() async throws {
    let stub = StubBackend(CredentialsError(.internal, "must not be called"))
    let bad = [
      #"{"nats_credentials_id":"../nats-accounts/x"}"#, "{}", #"{"nats_credentials_id":null}"#, #"{"nats_credentials_id":7}"#,
      #"{"nats_credentials_id":"AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"}"#,
      #"{"nats_credentials_id":"11111111-1111-4111-8111-111111111111","regoin":"fr-par"}"#,
      #"{"nats_credentials_id":"11111111-1111-4111-8111-111111111111","region":"fr-par/../x"}"#,
      #"{"nats_credentials_id":"11111111-1111-4111-8111-111111111111","timeout_ms":0}"#, #"["11111111-1111-4111-8111-111111111111"]"#,
    ]
    let lines = bad.map { #"{"jsonrpc":"2.0","id":1,"method":"credentials.get","params":\#($0)}"# }
    for (answer, params) in zip(try await Conversation.answers(stub, lines), bad) {
      #expect(answer["error"]?["code"]?.int == -32602, "\(params)")
    }
    let hint = try await Conversation.answers(stub, [lines[4]])[0]["error"]?["message"]?.string
    #expect(hint?.contains("this looks like an account id") == true)
    #expect(stub.calls.withLock { $0.isEmpty })
  }
}
