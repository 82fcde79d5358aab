import Foundation
import Testing

/// Every input that was ever found worth keeping, without the fuzzer: `corpus` has a folder for each target, and what once broke a promise is
/// there too, as `found-…`.
@Suite struct ReplayTests {
  private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "corpus")

  private static func inputs(of target: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: corpus.appending(path: target), includingPropertiesForKeys: nil)
  }

  @Test(arguments: FuzzTarget.all.map(\.name)) func everyInputKeepsThePromises(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let inputs = try Self.inputs(of: name)
    #expect(inputs.count >= 5)
    for input in inputs {
      #expect(throws: Never.self, "\(name)/\(input.lastPathComponent)") { try target.check(Array(try Data(contentsOf: input))) }
    }
  }

  /// The end of every input is where a reader runs over: each is cut at places all along it.
  @Test(arguments: FuzzTarget.all.map(\.name)) func everyInputCutShortKeepsThePromises(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for input in try Self.inputs(of: name) {
      let bytes = Array(try Data(contentsOf: input))
      for end in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 7)) {
        #expect(throws: Never.self, "\(name)/\(input.lastPathComponent), its first \(end) bytes") { try target.check(Array(bytes[..<end])) }
      }
    }
  }

  @Test func theRequestsOfTheTranscriptsGoBothWays() throws {
    let folder = Self.corpus.deletingLastPathComponent().deletingLastPathComponent().appending(path: "Transcripts")
    let transcripts = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let lines = try transcripts.flatMap { try String(contentsOf: $0, encoding: .utf8).split(separator: "\n") }
    let requests = lines.filter { $0.hasPrefix("> ") }
    #expect(requests.count > 20)
    for request in requests { #expect(throws: Never.self, "\(request)") { try FuzzTarget.inPlace.check(Array(request.utf8.dropFirst(2))) } }
  }

  @Test func theCorpusIsSmallAndHasATargetForEachFolder() throws {
    let folders = try FileManager.default.contentsOfDirectory(at: Self.corpus, includingPropertiesForKeys: nil).map(\.lastPathComponent)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    let bytes = try folders.flatMap(Self.inputs).map { try Data(contentsOf: $0).count }.reduce(0, +)
    #expect(bytes < 300_000)
  }
}
