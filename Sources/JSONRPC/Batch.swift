/// The responses to a batch on their way into one array.
struct Batch {
  var unanswered: Int
  /// The sequence number of the last of its requests; until all are entered, any.
  var lastSequence = Int.max
  private(set) var responses: [[UInt8]] = []
  private(set) var byteCount = 0
  private(set) var compensations: [Compensation] = []

  init(unanswered: Int) { self.unanswered = unanswered }

  mutating func append(_ response: [[UInt8]], _ compensation: Compensation?) {
    if !responses.isEmpty { responses.append([UInt8(ascii: ",")]) }
    responses += response
    byteCount += response.reduce(1) { $0 + $1.count }
    if let compensation { compensations.append(compensation) }
  }

  /// The pieces of the message; nil if it draws none, because all its elements are notifications.
  var message: [[UInt8]]? { responses.isEmpty ? nil : [[UInt8(ascii: "[")]] + responses + [[UInt8(ascii: "]")]] }
}
