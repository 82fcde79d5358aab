import Bridge
import Credentials
import Foundation
import JSON
import JSONRPC

/// A session over a real pipe on a thread of its own, with the given backend behind every region.
enum Conversation {
  static func context(_ backend: any CredentialsBackend) -> BridgeContext {
    let client = CredentialsClient { _ throws(CredentialsError) in backend }
    return BridgeContext(
      client: client, files: Files(protectedFolder: nil, contextFolder: nil), resolveRegion: { region in region ?? .local },
      info: { [JSONMember("version", "test"), JSONMember("backends", []), JSONMember("settings", [])] })
  }

  /// The answers to some lines, after which the input ends.
  static func answers(_ backend: any CredentialsBackend, _ lines: [String]) throws -> [JSONValue] {
    let pipe = Pipe()
    let output = dup(pipe.fileHandleForWriting.fileDescriptor)
    try pipe.fileHandleForWriting.close()
    let thread = Thread {
      let loop = PollLoop()
      let log = Log(descriptor: dup(2), level: .error, isOff: false) { loop.wake() }
      let session = Session(
        loop: loop, table: AllMethods.table(in: context(backend)), log: log, input: nil, initial: Array(lines.joined(separator: "\n").utf8),
        output: output)
      _ = session.run()
      close(output)
    }
    thread.start()
    let text = try pipe.fileHandleForReading.readToEnd() ?? Data()
    return try text.split(separator: 0x0A).map { line in
      guard let slice = JSONSlice(parsing: Array(line)) else { throw NotJSON() }
      return slice.value
    }
  }

  struct NotJSON: Error {}
}
