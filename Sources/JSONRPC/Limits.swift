package import JSON

/// What one session takes at most. `bridge.info` shows what a client program can notice.
package enum Limits {
  package static let lineBytes = 8 << 20
  package static let batchElements = 100
  package static let batchAnswerBytes = 8 << 20
  package static let idBytes = 16 << 10
  /// Of one request, those that no version of JSON-RPC knows. They are passed over, but none may be a duplicate.
  package static let envelopeMembers = 1000
  package static let runningRequests = 64
  /// Mutations that were let begin together are one of them, and are so many at most.
  package static let joinedMutations = 512
  /// Reads that are answered in place in one turn: what else waits for the turn, such as a signal, waits for no more of them.
  package static let readsInPlace = 64
  /// Beside them, of methods that belong to no region (`bridge.info`).
  package static let runningUnscoped = 8
  package static let waitingRequests = 1024
  package static let waitingBytes = 8 << 20
  /// While more output waits than this, nothing starts.
  package static let outputStopsStarts = 1 << 20
  /// While more output waits than this, stdin is not read.
  package static let outputStopsReading = 2 << 20
  /// One line of a stream stays below this, a single long row aside.
  package static let partBytes = 60 << 10
  package static let timeoutMilliseconds = 1...600_000
  package static let defaultTimeoutMilliseconds = 30_000

  package static let json: JSONValue = [
    "line_bytes": .int(lineBytes), "depth": .int(JSONScanner.maximumDepth), "batch_elements": .int(batchElements),
    "batch_answer_bytes": .int(batchAnswerBytes), "id_bytes": .int(idBytes), "envelope_members": .int(envelopeMembers),
    "param_bytes": .int(ParamsReader.valueBytes), "running_requests": .int(runningRequests),
    "running_without_region": .int(runningUnscoped), "waiting_requests": .int(waitingRequests), "waiting_bytes": .int(waitingBytes),
    "output_bytes_that_stop_starts": .int(outputStopsStarts), "output_bytes_that_stop_reading": .int(outputStopsReading),
    "part_bytes": .int(partBytes), "timeout_ms": .int(timeoutMilliseconds.upperBound),
    "default_timeout_ms": .int(defaultTimeoutMilliseconds),
  ]
}
