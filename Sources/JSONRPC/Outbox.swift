import JSON

/// The lines that wait for the pipe, whole, in their order. Places are counted from the start of the process.
struct Outbox {
  private var bytes: [UInt8] = []
  private var head = 0
  private(set) var queuedUpTo = 0

  var writtenUpTo: Int { queuedUpTo - waiting }
  var waiting: Int { bytes.count - head }

  mutating func append(_ piece: some Collection<UInt8>) {
    bytes.append(contentsOf: piece)
    queuedUpTo += piece.count
  }

  private mutating func append(_ literal: StaticString) {
    append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  mutating func append(answer: JSONText, to id: UnsafeRawBufferPointer) {
    append(#"{"jsonrpc":"2.0","id":"#)
    append(id.assumingMemoryBound(to: UInt8.self))
    append(#","result":"#)
    append(answer.bytes)
    append("}\n")
  }

  /// Hands the waiting bytes to a writer that says how many it took.
  mutating func drain(_ write: (UnsafeRawBufferPointer) -> Int) {
    let taken = bytes.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    head += taken
    if head == bytes.count {
      if bytes.capacity > 1 << 18 { bytes = [] } else { bytes.removeAll(keepingCapacity: true) }
      head = 0
    } else if head > 1 << 20 {
      bytes.removeSubrange(..<head)
      head = 0
    }
  }

  mutating func dropAll() {
    queuedUpTo -= waiting
    bytes = []
    head = 0
  }
}
