/// The answers of a batch on their way into one array.
struct Batch {
  var unanswered: Int
  /// The last of its requests; until all are entered, any.
  var lastKey = Int.max
  var pieces: [[UInt8]] = []
  var byteCount = 0
  var undelivered: [Aftermath] = []

  mutating func append(_ answer: [[UInt8]]) {
    if !pieces.isEmpty { pieces.append([UInt8(ascii: ",")]) }
    pieces += answer
    byteCount += answer.reduce(1) { $0 + $1.count }
  }
}
