import Foundation
import JSONRPC
import System

/// Everything a session writes that is given all its input at its start. It blocks a thread of its own.
func sessionOutput(
  of methods: [Method], for input: String, framing: any Framing = LineFraming(), level: Log.Level = .error
) async throws -> String {
  let pipe = Pipe()
  let output = dup(pipe.fileHandleForWriting.fileDescriptor)
  try pipe.fileHandleForWriting.close()
  await withCheckedContinuation { continuation in
    Thread.detachNewThread {
      guard let loop = PollLoop() else { preconditionFailure("the test has no pipe") }
      let session = Session(
        loop: loop, table: MethodTable(methods), log: Log(of: "test", descriptor: -1, level: level, isOff: true) {}, framing: framing,
        input: nil, initial: Array(input.utf8), output: output)
      _ = session.run()
      continuation.resume()
    }
  }
  return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
}
