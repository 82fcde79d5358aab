import Bridge
import Credentials
import Foundation
import JSON
import JSONRPC
import System

/// A session over a real pipe on a thread of its own, with the given backend behind every region.
enum Conversation {
  static func context(_ backend: any CredentialsBackend, on executor: any SerialExecutor) -> BridgeContext {
    let client = CredentialsClient(on: executor) { _ throws(CredentialsError) in backend }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil), resolveRegion: { region in region ?? .local },
      info: { [JSONMember("version", "test"), JSONMember("backends", []), JSONMember("settings", [])] })
  }

  /// The answers to some lines, after which the input ends. Session and reader block on threads of their own: two tests that blocked
  /// here on Swift's shared pool would leave no thread for the client actor.
  static func answers(_ backend: any CredentialsBackend, _ lines: [String]) async throws -> [JSONValue] {
    let pipe = Pipe()
    let output = dup(pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    let input = Array(lines.joined(separator: "\n").utf8)
    Thread.detachNewThread {
      guard let loop = PollLoop() else { preconditionFailure("the test has no pipe") }
      let log = Log(of: "test", descriptor: dup(2), level: .error, isOff: false) { loop.wake() }
      let session = Session(
        loop: loop, table: AllMethods.table(in: context(backend, on: loop)), log: log, framing: LineFraming(), input: nil, initial: input,
        output: output)
      _ = session.run()
    }
    let text = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try pipe.fileHandleForReading.readToEnd() ?? Data() })
      }
    }
    return try text.split(separator: 0x0A).map { line in
      guard let slice = JSONSlice(parsing: Array(line)) else { throw NotJSON() }
      return slice.value
    }
  }

  struct NotJSON: Error {}
}
