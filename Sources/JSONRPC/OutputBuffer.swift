import JSON

/// The messages that wait for the pipe, whole and framed, in their order. Positions are counted from the start of the process.
///
/// A long piece is kept as the array it came in and never copied: nothing grows by doubling here, and a document that a hundred answers
/// hold is there once. Short pieces go into one piece of memory that is there from the start: appended to an array, those of a ping cost
/// 600 instructions, and so 210.
struct OutputBuffer: ~Copyable {
  /// From here on a piece stays what it is.
  private static let longPiece = 16 << 10
  /// More than the 64 KiB after which a session hands on what waits: so what is written at once is copied no second time.
  private static let tailSize = 80 << 10

  private var chunks: [[UInt8]] = []
  private var firstChunk = 0
  /// Short pieces, behind all chunks: the first `tailCount` bytes. What is never touched of it costs nothing.
  private let tail = UnsafeMutableRawPointer.allocate(byteCount: tailSize, alignment: 16)
  private var tailCount = 0
  /// What is written already of the first chunk, or of the tail where there is none.
  private var head = 0
  private(set) var queuedUpTo = 0
  private(set) var writtenUpTo = 0

  deinit { tail.deallocate() }

  var waiting: Int { queuedUpTo - writtenUpTo }

  mutating func append(_ piece: [UInt8]) {
    guard piece.count >= Self.longPiece else { return piece.withUnsafeBytes { appendShort($0) } }
    seal()
    chunks.append(piece)
    queuedUpTo += piece.count
  }

  @inline(__always) mutating func append(_ literal: StaticString) {
    appendShort(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// A piece of at most 64 KiB that is in nobody's array.
  @inline(__always) mutating func appendShort(_ piece: UnsafeRawBufferPointer) {
    guard let start = piece.baseAddress else { return }
    if piece.count > Self.tailSize &- tailCount { seal() }
    (tail + tailCount).copyMemory(from: start, byteCount: piece.count)
    tailCount &+= piece.count
    queuedUpTo &+= piece.count
  }

  /// Appends the message that responds with this result; the id goes back as it came.
  mutating func append(_ result: JSONText, to id: UnsafeRawBufferPointer, in framing: any Framing) {
    let byteCount = Response.byteCount(id: id.count, Response.result, body: result.bytes.count)
    open(framing, byteCount)
    if byteCount < Self.longPiece {
      // Room is looked for once, and not for each piece.
      if byteCount > Self.tailSize &- tailCount { seal() }
      var end = tail + tailCount
      Self.put(Response.opening, &end)
      Self.put(id, &end)
      Self.put(Response.result, &end)
      result.bytes.withUnsafeBytes { Self.put($0, &end) }
      Self.put(Response.closing, &end)
      tailCount &+= byteCount
      queuedUpTo &+= byteCount
    } else {
      append(Response.opening)
      appendShort(id)
      append(Response.result)
      append(result.bytes)
      append(Response.closing)
    }
    append(framing.closing)
  }

  @inline(__always) private static func put(_ piece: UnsafeRawBufferPointer, _ end: inout UnsafeMutableRawPointer) {
    guard let start = piece.baseAddress else { return }
    end.copyMemory(from: start, byteCount: piece.count)
    end += piece.count
  }

  @inline(__always) private static func put(_ literal: StaticString, _ end: inout UnsafeMutableRawPointer) {
    put(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount), &end)
  }

  mutating func append(_ response: Response, in framing: any Framing) {
    open(framing, response.byteCount)
    append(Response.opening)
    append(response.id)
    append(response.member)
    for piece in response.body { append(piece) }
    append(Response.closing)
    append(framing.closing)
  }

  @inline(__always) private mutating func open(_ framing: any Framing, _ byteCount: Int) {
    let opening = framing.opening(of: byteCount)
    if !opening.isEmpty { append(opening) }
  }

  /// What waits of the tail becomes a chunk, in no more room than it needs.
  private mutating func seal() {
    // Of the tail something can be written already only where it comes first.
    let written = chunks.isEmpty ? head : 0
    if chunks.isEmpty { head = 0 }
    if tailCount > written { chunks.append(Array(UnsafeRawBufferPointer(start: tail + written, count: tailCount - written))) }
    tailCount = 0
  }

  /// Hands the waiting bytes to a writer that says how many it took.
  mutating func drain(_ write: (UnsafeRawBufferPointer) -> Int) {
    guard chunks.isEmpty || drainChunks(write) else { return }
    guard tailCount > 0, takes(UnsafeRawBufferPointer(start: tail, count: tailCount), write) else { return }
    (tailCount, head) = (0, 0)
  }

  /// True if all were taken. Apart from the rest, because what it costs to change an array is else paid where there is none, too.
  @inline(never) private mutating func drainChunks(_ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
    while firstChunk < chunks.count {
      let chunk = chunks[firstChunk]
      guard chunk.withUnsafeBytes({ takes($0, write) }) else {
        forgetChunks(if: firstChunk > 64)
        return false
      }
      chunks[firstChunk] = []
      firstChunk += 1
      head = 0
    }
    forgetChunks(if: firstChunk > 0)
    return true
  }

  private mutating func forgetChunks(if areMany: Bool) {
    guard areMany else { return }
    chunks.removeFirst(firstChunk)
    firstChunk = 0
  }

  /// True if it was taken to its end.
  private mutating func takes(_ piece: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) -> Int) -> Bool {
    let taken = write(UnsafeRawBufferPointer(rebasing: piece[head...]))
    head += taken
    writtenUpTo += taken
    return head == piece.count
  }
}
