/// Who may ask for a page of rows when. The requests that run may each draw a response as long as all output that may wait, and once
/// it is asked for nothing stops it; so of a lane only some ask at a time, until their rows are output, and no more while nobody reads.
/// Nobody overtakes one that waits in the same lane, and a stream that asks again stands behind all others.
struct PageTurns {
  private struct Waiting {
    let sequence: Int
    let lane: String
    let atOnce: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private var lanes: [Int: String] = [:]
  private var countByLane: [String: Int] = [:]
  private var waiting: [Waiting] = []

  /// True if a request may ask at once.
  mutating func enter(_ sequence: Int, _ lane: String, atOnce: Int, hasRoom: Bool) -> Bool {
    if lanes[sequence] != nil { return true }
    guard !waiting.contains(where: { $0.lane == lane }) else { return false }
    return takesPlace(sequence, lane, atOnce: atOnce, hasRoom: hasRoom)
  }

  /// Resumed with true when it may ask, with false when it is over.
  mutating func wait(_ sequence: Int, _ lane: String, atOnce: Int, _ continuation: CheckedContinuation<Bool, Never>) {
    waiting.append(Waiting(sequence: sequence, lane: lane, atOnce: atOnce, continuation: continuation))
  }

  /// Its rows are output, or nobody waits for them. Nothing happens to one that is not here.
  mutating func leave(_ sequence: Int) {
    if let lane = lanes.removeValue(forKey: sequence), let count = countByLane[lane] { countByLane[lane] = count > 1 ? count - 1 : nil }
    guard let place = waiting.firstIndex(where: { $0.sequence == sequence }) else { return }
    waiting.remove(at: place).continuation.resume(returning: false)
  }

  /// Lets in who may ask now, of the sequence numbers up to `last`.
  mutating func admit(upTo last: Int) {
    if waiting.isEmpty { return }
    var left: [Waiting] = []
    for request in waiting {
      if takesPlace(request.sequence, request.lane, atOnce: request.atOnce, hasRoom: request.sequence <= last) {
        request.continuation.resume(returning: true)
      } else {
        left.append(request)
      }
    }
    waiting = left
  }

  private mutating func takesPlace(_ sequence: Int, _ lane: String, atOnce: Int, hasRoom: Bool) -> Bool {
    guard hasRoom, countByLane[lane, default: 0] < atOnce else { return false }
    lanes[sequence] = lane
    countByLane[lane, default: 0] += 1
    return true
  }
}
