/// The results that must not get lost: those whose message is not written yet, and those that were not delivered and are being undone.
struct Compensations {
  /// By where their message ends in the output; these positions count up.
  private var undelivered: [(end: Int, compensation: Compensation)] = []
  /// By numbers that count up.
  private var underWay: [Int: Compensation] = [:]
  private var lastNumber = 0

  var areDone: Bool { underWay.isEmpty }

  mutating func keep(_ compensation: Compensation, untilWrittenUpTo end: Int) { undelivered.append((end, compensation)) }

  /// So much output was written: those results are delivered.
  mutating func forget(writtenUpTo written: Int) {
    // A turn looks at the first that is not written, however many wait.
    if undelivered.isEmpty { return }
    undelivered.removeFirst(undelivered.firstIndex { $0.end > written } ?? undelivered.count)
  }

  /// Nothing more will be written.
  mutating func takeUndelivered() -> [Compensation] {
    defer { undelivered = [] }
    return undelivered.map(\.compensation)
  }

  /// Begins one, and returns its number.
  mutating func begin(_ compensation: Compensation) -> Int {
    lastNumber += 1
    underWay[lastNumber] = compensation
    return lastNumber
  }

  /// False if it was written off before.
  mutating func end(_ number: Int) -> Bool { underWay.removeValue(forKey: number) != nil }

  /// Writes off the last that was begun: meanwhile the first are still looked after.
  mutating func writeOffLast() -> Compensation? { underWay.keys.max().flatMap { underWay.removeValue(forKey: $0) } }
}
