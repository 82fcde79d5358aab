import JSON

/// The messages that wait for the pipe, whole and framed, in their order. Positions are counted from the start of the process.
///
/// A long piece is kept as the array it came in and never copied: nothing grows by doubling here, and a document that a hundred answers
/// hold is there once.
struct OutputBuffer {
  /// From here on a piece stays what it is.
  private static let longPiece = 16 << 10
  private static let chunk = 64 << 10

  private var chunks: [[UInt8]] = []
  private var firstChunk = 0
  /// Small pieces, behind all chunks.
  private var tail: [UInt8] = []
  /// What is written already of the first chunk, or of the tail where there is none.
  private var head = 0
  private(set) var queuedUpTo = 0
  private(set) var waiting = 0

  var writtenUpTo: Int { queuedUpTo - waiting }

  mutating func append(_ piece: [UInt8]) {
    if piece.count >= Self.longPiece {
      seal()
      chunks.append(piece)
    } else {
      tail.append(contentsOf: piece)
      if tail.count >= Self.chunk { seal() }
    }
    queuedUpTo += piece.count
    waiting += piece.count
  }

  mutating func append(_ literal: StaticString) {
    appendShort(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Appends the message that responds with this result.
  mutating func append(_ result: JSONText, to id: UnsafeRawBufferPointer, in framing: any Framing) {
    let (opening, member, closing): (StaticString, StaticString, StaticString) = (#"{"jsonrpc":"2.0","id":"#, #","result":"#, "}")
    let around = opening.utf8CodeUnitCount + member.utf8CodeUnitCount + closing.utf8CodeUnitCount
    let frame = framing.opening(of: around + id.count + result.bytes.count)
    if !frame.isEmpty { append(frame) }
    append(opening)
    appendShort(UnsafeBufferPointer(start: id.baseAddress?.assumingMemoryBound(to: UInt8.self), count: id.count))
    append(member)
    append(result.bytes)
    append(closing)
    framing.closing.withUnsafeBufferPointer { appendShort($0) }
  }

  private mutating func appendShort(_ piece: UnsafeBufferPointer<UInt8>) {
    tail.append(contentsOf: piece)
    queuedUpTo += piece.count
    waiting += piece.count
  }

  /// The tail becomes a chunk, in no more room than it needs: as it grew it may have twice as much. What is written of it already is only
  /// known of the first chunk, so then it must be the first.
  private mutating func seal() {
    guard !tail.isEmpty else { return }
    chunks.append(tail.withUnsafeBytes { Array($0) })
    tail.removeAll(keepingCapacity: true)
  }

  /// Hands the waiting bytes to a writer that says how many it took.
  mutating func drain(_ write: (UnsafeRawBufferPointer) -> Int) {
    while firstChunk < chunks.count {
      guard takes(chunks[firstChunk], write) else { return forgetChunks(if: firstChunk > 64) }
      chunks[firstChunk] = []
      firstChunk += 1
      head = 0
    }
    forgetChunks(if: firstChunk > 0)
    guard !tail.isEmpty, takes(tail, write) else { return }
    if tail.capacity > Self.chunk * 4 { tail = [] } else { tail.removeAll(keepingCapacity: true) }
    head = 0
  }

  private mutating func forgetChunks(if areMany: Bool) {
    guard areMany else { return }
    chunks.removeFirst(firstChunk)
    firstChunk = 0
  }

  /// True if it was taken to its end.
  private mutating func takes(_ piece: [UInt8], _ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
    let taken = piece.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[head...])) }
    head += taken
    waiting -= taken
    return head == piece.count
  }
}
