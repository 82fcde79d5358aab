import Bridge
import Credentials
import JSON
import JSONRPC
import System
import Testing

/// A method that streams, without a session: what it asks for, and what it sends.
@Suite struct StreamTests {
  private static let account = "AA5WUJ54Z23KILLCUOUNAKTPBVZWKMQVO4O6EQ5GHLAERIMLLHNCS47C"

  /// Rows of so many bytes each, by page; a page's position is its number.
  private func pages(_ rows: [[Int]]) throws -> [StreamPage<RowsText>] {
    rows.enumerated().map { number, sizes in
      StreamPage(
        rows: RowsText(sizes.map { JSONText(.string(String(repeating: "x", count: $0 - 2))) }),
        totalCount: rows.joined().count, next: StreamPosition(text: "\(number + 1)"), isLast: number == rows.count - 1)
    }
  }

  private func params(_ text: String) throws -> ParamValues<StreamAccounts.Params> {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      let params = ParamsText(bytes, members: try scanner.members(), isList: false)
      var reader = ParamsReader(params, known: StreamAccounts.params.names)
      return try reader.read(StreamAccounts.params)
    }
  }

  private func stream(_ rows: [[Int]], to sender: RecordingSender, _ params: String = "{}") async throws -> JSONValue? {
    let backend = StubBackend(CredentialsError(.internal, "no more pages"), accountPages: try pages(rows))
    let request = RoutedRequest(context: Conversation.context(backend, on: DedicatedThread()), scope: Region.local, sender: sender)
    let reply = try await StreamAccounts.call(self.params(params), request)
    return JSONSlice(parsing: Array(reply.pieces.joined()))?.value
  }

  @Test func eachPageIsSentBeforeTheNextIsAskedFor() async throws {
    let sender = RecordingSender()
    let end = try await stream([[10, 10], [10]], to: sender)
    #expect(sender.events == ["turn", "begin", "end", "send", "turn", "begin", "end", "send"])
    #expect(sender.sent.map { $0.parts.count } == [1, 1])
    #expect(sender.sent.map { $0.parts[0]["nats_accounts"]?.array?.count } == [2, 1])
    #expect(sender.sent.map { $0.parts[0]["seq"]?.int } == [1, 2])
    #expect(sender.sent.map { $0.progress.first { $0.name == "items_sent" }?.value.int } == [2, 3])
    #expect(end?["pages"]?.int == 2 && end?["items"]?.int == 3 && end?["complete"] == true && end?["cursor"] == .some(.null))
  }

  @Test func aLongPageIsSentInPartsThatStayBelowTheLimit() async throws {
    let sender = RecordingSender(idBytes: 1000)
    _ = try await stream([[Int](repeating: 1000, count: 100), [Limits.partBytes * 2, 10]], to: sender)
    let lengths = sender.sent.map { $0.parts.map { JSONText($0).bytes.count + 1000 } }
    #expect(lengths.map(\.count) == [2, 2])
    #expect(lengths[0].allSatisfy { $0 < Limits.partBytes })
    #expect(lengths[1][0] > Limits.partBytes, "a long row is alone")
    let cursors = sender.sent[0].parts.map { $0["cursor"]?.string }
    #expect(cursors[0] == nil && cursors[1] != nil, "only the last part of a page has a cursor")
    #expect(sender.sent[0].progress.first { $0.name == "cursor" }?.value.string == cursors[1])
  }

  @Test func itEndsWhenNobodyWaitsForMore() async throws {
    let sender = RecordingSender(pagesWanted: 1)
    let error = await #expect(throws: RPCError.self) { try await stream([[10], [10], [10]], to: sender) }
    #expect(error?.kind == .cancelled && sender.events == ["turn", "begin", "end", "send", "turn"])
  }

  @Test func itEndsAfterTheLastPageThatWasAskedFor() async throws {
    let sender = RecordingSender()
    let end = try await stream([[10], [10], [10]], to: sender, #"{"max_pages":2}"#)
    #expect(sender.sent.count == 2)
    #expect(end?["complete"] == false && end?["cursor"]?.string == sender.sent[1].parts[0]["cursor"]?.string)
  }
}
