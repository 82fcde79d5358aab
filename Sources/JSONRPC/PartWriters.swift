/// Streams that sleep until the pipe has their parts.
struct PartWriters {
  /// By the sequence numbers of their requests; `end` is where their parts end in the output.
  /// Not `= [:]`, for which the runtime makes the type of a pair and looks through all conformances of the program: a fifteenth of a start.
  private var sleeping = [Int: (end: Int, continuation: CheckedContinuation<Bool, Never>)]()

  /// Resumed with true when the output was written up to `end`, with false when nobody waits for the rest of the stream.
  mutating func sleep(_ sequence: Int, untilWrittenUpTo end: Int, _ continuation: CheckedContinuation<Bool, Never>) {
    sleeping[sequence] = (end, continuation)
  }

  mutating func wake(writtenUpTo written: Int) { if !sleeping.isEmpty { wakeSome(writtenUpTo: written) } }

  private mutating func wakeSome(writtenUpTo written: Int) {
    for (sequence, writer) in sleeping where writer.end <= written {
      sleeping[sequence] = nil
      writer.continuation.resume(returning: true)
    }
  }

  /// Nobody waits for it any more. Nothing happens to one that is not here.
  mutating func leave(_ sequence: Int) { if !sleeping.isEmpty { leaveAsleep(sequence) } }

  @inline(never)
  private mutating func leaveAsleep(_ sequence: Int) { sleeping.removeValue(forKey: sequence)?.continuation.resume(returning: false) }
}
