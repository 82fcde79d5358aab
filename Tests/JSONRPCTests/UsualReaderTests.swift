import Foundation
import JSON
import Testing

@testable import JSONRPC

/// The short way to read a line beside the general one, which alone judges what is wrong or rare.
@Suite struct UsualReaderTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

  /// Every line that a transcript sends, and every line of what the fuzzer has found worth keeping.
  private static func lines() throws -> [[UInt8]] {
    let transcripts = try files(in: "Transcripts").flatMap { file in
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("> ") }.map { Array($0.dropFirst(2).utf8) }
    }
    let corpus = try ["envelopes", "lines", "session", "params"].flatMap { try files(in: "Fuzz/corpus/" + $0) }.flatMap { file in
      try Array(Data(contentsOf: file)).split(separator: 0x0A).map { Array($0) }
    }
    #expect(transcripts.count > 30 && corpus.count > 50)
    return transcripts + corpus
  }

  private static func files(in folder: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: tests.appending(path: folder), includingPropertiesForKeys: nil)
  }

  /// Whether the short way takes it; fails where it marks anything otherwise than the general way.
  private func isTaken(_ line: [UInt8]) -> Bool {
    line.withUnsafeBytes { bytes in
      guard let usual = UsualReader.read(bytes) else { return false }
      let text = String(decoding: line, as: UTF8.self)
      guard case .single(let general) = MessageReader.read(bytes) else {
        Issue.record("taken, and no request: \(text)")
        return true
      }
      #expect(general.refusal == nil && usual.refusal == nil, "\(text)")
      #expect(usual.id == general.id && usual.method == general.method && usual.range == general.range, "\(text)")
      #expect(usual.params == general.params && usual.members.count == general.members.count, "\(text)")
      #expect(usual.members.first.map(\.name) == general.members.first.map(\.name), "\(text)")
      #expect(usual.members.first.map(\.value) == general.members.first.map(\.value), "\(text)")
      #expect(!general.methodHasLoneSurrogate && !general.paramsHaveLoneSurrogate, "\(text)")
      if case .at(let range) = usual.id, usual.echoesID {
        #expect(RequestID(validated: .init(rebasing: bytes[range])).echo == Array(line[range]))
      }
      return true
    }
  }

  @Test func bothWaysMarkTheSame() throws {
    var taken = 0
    for line in try Self.lines() {
      if isTaken(line) { taken += 1 }
      // What begins or ends elsewhere, too: each line cut short, and with a byte changed.
      for end in line.indices {
        _ = isTaken(Array(line[..<end]))
        var changed = line
        changed[end] ^= 1 << (end % 8)
        _ = isTaken(changed)
      }
    }
    #expect(taken > 20)
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":1,"method":"bridge.ping"}"#, #"{"method":"m","jsonrpc":"2.0","id":0}"#,
    #"{"id":"","method":"m","jsonrpc":"2.0"}"#,
    #"{"jsonrpc": "2.0", "method": "m", "params": {"a": [1, {"b": "\u00e9"}], "c": "é"}, "id": "x-1"}"#, #"{"jsonrpc":"2.0","method":"m"}"#,
    " {\t\"jsonrpc\" : \"2.0\" ,\r\"params\":{},\"id\":12345678901234567890123,\"method\":\"m\"} \r",
  ])
  func whatClientsSendIsTaken(_ line: String) {
    #expect(isTaken(Array(line.utf8)))
  }

  @Test(arguments: [
    "", "{", "{}", "[]", "1", "null", #"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#, #"{"jsonrpc":"2.0","id":1,"method":"m"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"m",}"#, #"{"jsonrpc":"2.0","id":1,"method":"m","x":1}"#, #"{"jsonrpc":"2.0","id":1,"method":""}"#,
    #"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, #"{"jsonrpc":"2.0","jsonrpc":"2.0","method":"m"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"","method":"m"}"#, #"{"jsonrpc":"2.0","id":1,"method":""}"#,
    #"{"jsonrpc":"2.0","method":"m","method":"m"}"#, #"{"jsonrpc":"2.0","method":"m","params":{},"params":{}}"#,
    #"{"jsonrpc":"2.1","id":1,"method":"m"}"#, #"{"id":1,"method":"m"}"#, #"{"jsonrpc":"2.0","id":1}"#,
    #"{"jsonrpcX"2.0","id":1,"method":"m"}"#,
    #"{"jsonrpc":"2.0","id":-1,"method":"m"}"#, #"{"jsonrpc":"2.0","id":01,"method":"m"}"#, #"{"jsonrpc":"2.0","id":1.0,"method":"m"}"#,
    #"{"jsonrpc":"2.0","id":1e2,"method":"m"}"#, #"{"jsonrpc":"2.0","id":null,"method":"m"}"#, #"{"jsonrpc":"2.0","id":{},"method":"m"}"#,
    #"{"jsonrpc":"2.0","id":"a\n","method":"m"}"#, #"{"jsonrpc":"2.0","id":"é","method":"m"}"#,
    #"{"jsonrpc":"2.0","id":1,"m\u0065thod":"m"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"\u006d"}"#, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\u{7F}b\"}",
    "{\"jsonrpc\":\"2.0\",\"id\":\"a\tb\",\"method\":\"m\"}", #"{"jsonrpc":"2.0","id":1,"method":"m","params":[]}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":"\ud800"}}"#, #"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":01}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"m","params":null}"#, "\u{FEFF}{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}",
  ])
  func whatIsWrongOrRareIsLeftToTheGeneralWay(_ line: String) {
    #expect(!isTaken(Array(line.utf8)))
  }

  @Test func anIDOrADepthBeyondTheLimitsIsLeftToTheGeneralWay() {
    func line(id: String, params: String = "{}") -> [UInt8] {
      Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"m","params":\#(params)}"#.utf8)
    }
    func nested(_ depth: Int) -> String { #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}" }
    let longest = String(repeating: "1", count: Limits.idBytes)
    #expect(isTaken(line(id: longest)) && !isTaken(line(id: longest + "1")))
    #expect(isTaken(line(id: "\"\(longest.dropLast(2))\"")) && !isTaken(line(id: "\"\(longest.dropLast())\"")))
    #expect(
      isTaken(line(id: "1", params: nested(JSONScanner.maximumDepth - 2)))
        && !isTaken(line(id: "1", params: nested(JSONScanner.maximumDepth - 1))))
  }
}
