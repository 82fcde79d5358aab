import JSON
import JSONRPC
import System
import Testing

/// When a request may be answered before the next line is read, and when it must take its turn.
@Suite struct InPlaceTests {
  /// The answers to lines that were all there before the first was read, in the order in which they were written.
  private func answers(to lines: [String], level: Log.Level = .error) async throws -> [String] {
    let context = TestContext()
    let methods = [
      Method(TestPing.self, in: context), Method(TestInPlace.self, in: context), Method(TestMutation.self, in: context),
      Method(TestStream.self, in: context), Method(TestRead.self, in: context),
    ]
    let text = try await sessionOutput(of: methods, for: lines.joined(separator: "\n"), level: level)
    return text.split(separator: "\n").map(String.init).map { line in
      line.replacing(#"{"jsonrpc":"2.0","id":"#, with: "").replacing(#","result":"#, with: " ").filter { $0 != "{" && $0 != "}" }
    }
  }

  private func request(_ id: String, _ method: String, _ params: String? = nil) -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(params.map { #","params":"# + $0 } ?? "")}"#
  }

  @Test func aReadIsAnsweredInPlaceWhereNothingStandsBeforeIt() async throws {
    let lines = [request("1", "TestInPlace"), request(#""x""#, "TestInPlace", "{}"), request("null", "TestInPlace", #"{"lane":"a"}"#)]
    #expect(try await answers(to: lines) == [#"1 "in place""#, #""x" "in place""#, #"null "turn""#], "one with a null id is unusual")
  }

  @Test func aReadWaitsForTheChangesBeforeItInItsLane() async throws {
    let lines = [
      request("1", "TestMutation"), request("2", "TestInPlace"), request("3", "TestInPlace", #"{"lane":"other"}"#),
      request("null", "TestMutation", #"{"lane":"third"}"#), request("4", "TestInPlace", #"{"lane":"third"}"#),
    ]
    let answers = try await answers(to: lines)
    #expect(answers.first == #"3 "in place""#)
    #expect(answers.contains(#"2 "turn""#) && answers.contains(#"4 "turn""#) && answers.count == 5)
    #expect(try #require(answers.firstIndex(of: "1 ")) < #require(answers.firstIndex(of: #"2 "turn""#)))
  }

  @Test func anIdThatIsUnderWayIsADuplicateInPlaceToo() async throws {
    let lines = [request("1", "TestMutation"), request("1", "TestInPlace", #"{"lane":"other"}"#), request("1", "TestPing")]
    let answers = try await answers(to: lines)
    #expect(answers.filter { $0.hasPrefix("null") && $0.contains("a request with this id is in progress") }.count == 2)
    #expect(answers.last == "1 ")
  }

  @Test func otherReadsUnderWayAreNotWaitedFor() async throws {
    let lines = [request("1", "TestStream"), request("2", "TestInPlace"), request("3", "TestPing")]
    #expect(try await answers(to: lines) == [#"2 "in place""#, "3 ", "1 "])
  }

  @Test func whatElseIsToBeDoneWaitsForNoMoreThanATurnOfReads() async throws {
    let lines = [request("0", "TestRead")] + (1...1000).map { request("\($0)", "TestInPlace") }
    let answers = try await answers(to: lines)
    #expect(answers.count == 1001 && answers.filter { $0.hasSuffix(#""in place""#) }.count == 1000)
    #expect(try #require(answers.firstIndex(of: "0 ")) <= 2 * Limits.readsInPlace)
  }

  @Test(arguments: [#"{"lane":1}"#, #"{"lane":"a","lane":"a"}"#, #"{"l\u0061ne":"a"}"#, #"{"unknown":1}"#, "[1]", #"{"lane":"\ud800"}"#])
  func whatIsUnusualIsJudgedInItsTurn(_ params: String) async throws {
    let answers = try await answers(to: [request("1", "TestInPlace", params)])
    #expect(answers.count == 1 && !answers[0].contains("in place"))
  }

  @Test func inABatchAndWhereEachAnswerIsLoggedThereIsNoShortWay() async throws {
    #expect(try await answers(to: ["[\(request("1", "TestInPlace"))]"]) == [#"[1 "turn"]"#])
    #expect(try await answers(to: [request("1", "TestInPlace")], level: .debug) == [#"1 "turn""#])
  }
}
