import Foundation
import JSON
import JSONRPC
import System
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

  /// Everything a session writes that is given all its input at its start. It blocks a thread of its own.
  private func output(of framing: any Framing, for input: String) async throws -> String {
    let pipe = Pipe()
    let output = dup(pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        guard let loop = PollLoop() else { preconditionFailure("the test has no pipe") }
        let session = Session(
          loop: loop, table: MethodTable([Method(TestPing.self, in: TestContext()), Method(TestRead.self, in: TestContext())]),
          log: Log(of: "test", descriptor: -1, level: .error, isOff: true) {}, framing: framing, input: nil, initial: Array(input.utf8),
          output: output)
        _ = session.run()
        continuation.resume()
      }
    }
    return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
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
