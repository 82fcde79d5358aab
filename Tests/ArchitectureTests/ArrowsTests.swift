import Foundation
import Testing

/// Holds the manifest and every import to the arrows drawn in Sources/README.md.
@Suite struct ArrowsTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The arrows as the code map draws them: one line a target, `target → what it may import`.
  private func arrows() throws -> [String: Set<String>] {
    let map = try String(contentsOf: root.appending(path: "Sources/README.md"), encoding: .utf8)
    var arrows: [String: Set<String>] = [:]
    for line in map.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count >= 2 else { continue }
      let names = { (cell: String) in cell.split(separator: "`").map(String.init).filter { $0.contains(/^[A-Za-z-]+$/) } }
      guard let target = names(cells[0]).first else { continue }
      arrows[target] = Set(names(cells[1]))
    }
    return arrows
  }

  private func sources() throws -> [(target: String, file: URL)] {
    let folder = root.appending(path: "Sources")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map { file in
      (String(file.path.dropFirst(folder.path.count + 1).prefix { $0 != "/" }), file)
    }
  }

  @Test func everyImportIsAnArrow() throws {
    let arrows = try arrows()
    let allowed: Set = ["Glibc", "Darwin", "Synchronization", "CryptoKit"]
    let sources = try sources()
    #expect(sources.count > 40)
    for (target, file) in sources {
      let known = try #require(arrows[target], "\(target) is not in Sources/README.md")
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard let match = line.firstMatch(of: /^\s*(?:package |internal |private |fileprivate )?import ([A-Za-z]+)/) else { continue }
        let imported = String(match.1)
        #expect(known.contains(imported) || allowed.contains(imported), "\(file.lastPathComponent) of \(target) imports \(imported)")
      }
    }
  }

  @Test func theManifestDrawsTheSameArrows() throws {
    let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    for (target, known) in try arrows() where target != "CLibraries" {
      let name = NSRegularExpression.escapedPattern(for: target)
      let entry = try Regex(#"(?:room\("\#(name)"|name: "\#(name)",\s+dependencies)[^\])]*\]"#)
      let found = try #require(
        manifest.firstMatch(of: entry).map { manifest[$0.range] } ?? bare(target, in: manifest), "\(target) is not in the manifest")
      let dependencies = found.matches(of: /"([A-Za-z-]+)"/).map { String($0.1) }.filter { $0 != target }
      #expect(Set(dependencies) == known, "\(target)")
    }
    #expect(!manifest.contains(".package("))
  }

  /// A target without dependencies has no list to find.
  private func bare(_ target: String, in manifest: String) -> Substring? {
    manifest.contains("room(\"\(target)\"),") ? Substring("\"\(target)\"") : nil
  }

  /// Targets that must never know who uses them: not by a word either.
  @Test func theLeavesSpeakOfNobody() throws {
    for (target, file) in try sources() where ["System", "Terminal", "JSON", "JSONRPC", "HTTP"].contains(target) {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        #expect(!line.contains(/NATS|Scaleway|nats-/), "\(file.lastPathComponent): \(line)")
      }
    }
  }

  /// The thread sanitizer sees the locks of `System`, and no other.
  @Test func locksAndThreadsAreThoseOfSystem() throws {
    for (target, file) in try sources() {
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(!text.contains(/\bMutex[<(]/), "\(file.lastPathComponent) has a Mutex")
      guard target != "System" else { continue }
      #expect(!text.contains(/pthread_(create|mutex|cond)|CLOCK_MONOTONIC|ContinuousClock/), "\(file.lastPathComponent)")
    }
  }

  /// How a file is written whole, and what the system's errors are called, is known once.
  @Test func filesAndTheWordsOfErrorsAreThoseOfSystem() throws {
    for (target, file) in try sources() where target != "System" {
      let text = try String(contentsOf: file, encoding: .utf8)
      #expect(!text.contains(/\b(strerror|realpath|mkdir|fsync|opendir|fopen|renameat|linkat)\(/), "\(file.lastPathComponent)")
    }
  }

  @Test func filesStaySmall() throws {
    for (_, file) in try sources() {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count
      #expect(lines <= 250, "\(file.lastPathComponent) has \(lines) lines")
    }
  }

  @Test func theCodeMapNamesEveryTarget() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path).filter { $0 != "README.md" }
    #expect(Set(try arrows().keys) == Set(folders))
  }
}
