import JSON
import JSONRPC
import Testing

/// A session takes any framing, not only lines. Here netstrings: a length, a colon, the message, a comma.
@Suite struct SessionFramingTests {
  private struct NetstringFraming: Framing {
    var longestMessage: Int { 1000 }
    func makeCutter() -> any MessageCutter { NetstringCutter() }
    func opening(of byteCount: Int) -> [UInt8] { Array("\(byteCount):".utf8) }
    var closing: StaticString { "," }
  }

  private struct NetstringCutter: MessageCutter {
    mutating func next(in input: inout InputBuffer) -> FramedMessage {
      if input.unread.isEmpty { return input.hasEnded ? .end : .needsMore }
      guard let colon = input.unread.firstIndex(of: UInt8(ascii: ":")) else { return .needsMore }
      let count = Int(String(decoding: input.take(colon), as: UTF8.self)) ?? 0
      _ = input.take(1)
      let message = input.take(count)
      _ = input.take(1)
      return count == 1 ? .refused(RPCError(.invalidRequest, "this one is refused")) : .message(message)
    }
  }

  private func output(of framing: any Framing, for input: String) async throws -> String {
    let methods = [Method(TestPing.self, in: TestContext()), Method(TestRead.self, in: TestContext())]
    return try await sessionOutput(of: methods, for: input, framing: framing)
  }

  private static let requests = [
    #"{"jsonrpc":"2.0","id":1,"method":"TestPing"}"#, #"{"jsonrpc":"2.0","id":2,"method":"TestPing","params":{}}"#,
    #"[{"jsonrpc":"2.0","id":3,"method":"TestRead"}]"#,
  ]
  private static let responses = [
    #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":2,"result":{}}"#, #"[{"jsonrpc":"2.0","id":3,"result":{}}]"#,
  ]

  @Test func messagesAreCutAndFramedAsTheFramingSays() async throws {
    let input = Self.requests.map { "\($0.utf8.count):\($0)," }.joined()
    #expect(try await output(of: NetstringFraming(), for: input) == Self.responses.map { "\($0.utf8.count):\($0)," }.joined())
    let refused = try await output(of: NetstringFraming(), for: "1:x,")
    #expect(refused.contains("this one is refused") && refused.hasSuffix("},"))
  }

  @Test func aLineEndsWithALineFeed() async throws {
    let output = try await output(of: LineFraming(), for: Self.requests.joined(separator: "\n"))
    #expect(output == Self.responses.map { $0 + "\n" }.joined())
  }
}
