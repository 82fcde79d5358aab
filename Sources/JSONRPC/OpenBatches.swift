/// The batches whose array is not written yet, by numbers that count up in the order of their messages.
struct OpenBatches {
  private var batches: [Int: Batch] = [:]
  private var inOrder = SortedQueue<Int>()
  /// Of the responses that wait for the rest of their batches.
  private(set) var byteCount = 0

  /// The sequence number of the last request of the oldest batch.
  var endOfOldest: Int? { inOrder.first.flatMap { batches[$0]?.lastSequence } }

  mutating func open(_ batch: Int) {
    // What ignores its response still counts until the last element is judged: the array must not be closed early.
    batches[batch] = Batch(unanswered: 1)
    inOrder.insert(batch)
  }

  mutating func expectResponse(in batch: Int) { batches[batch]?.unanswered += 1 }

  /// All its elements are entered, `last` was the last. Returns the batch if it is complete.
  mutating func close(_ batch: Int, upTo last: Int) -> Batch? {
    batches[batch]?.lastSequence = last
    return takeOne(of: batch)
  }

  /// An array is written as a whole, so there is an end to what it may hold.
  func hasRoom(for byteCount: Int, in batch: Int) -> Bool { (batches[batch]?.byteCount ?? 0) + byteCount <= Limits.batchAnswerBytes }

  /// Returns the batch if it is complete.
  mutating func add(_ response: [[UInt8]], _ compensation: Compensation?, to batch: Int) -> Batch? {
    let before = batches[batch]?.byteCount ?? 0
    batches[batch]?.append(response, compensation)
    byteCount += (batches[batch]?.byteCount ?? 0) - before
    return takeOne(of: batch)
  }

  private mutating func takeOne(of number: Int) -> Batch? {
    batches[number]?.unanswered -= 1
    guard let batch = batches[number], batch.unanswered == 0 else { return nil }
    batches[number] = nil
    inOrder.remove(number)
    byteCount -= batch.byteCount
    return batch
  }
}
