/// Who may ask for a page of rows when. The requests that run may each draw an answer as long as all output that may wait, and once
/// it is asked for nothing stops it; so of a lane only some ask at a time, until their rows are output, and no more while nobody reads.
/// Nobody overtakes one that waits in the same lane, and a stream that asks again stands behind all others.
struct PageTurns {
  private struct Waiting {
    let key: Int
    let lane: String
    let atOnce: Int
    let continuation: CheckedContinuation<Bool, Never>
  }

  private var lanes: [Int: String] = [:]
  private var countByLane: [String: Int] = [:]
  private var waiting: [Waiting] = []

  /// True if a request may ask at once.
  mutating func enter(_ key: Int, _ lane: String, atOnce: Int, hasRoom: Bool) -> Bool {
    if lanes[key] != nil { return true }
    guard !waiting.contains(where: { $0.lane == lane }) else { return false }
    return takesPlace(key, lane, atOnce: atOnce, hasRoom: hasRoom)
  }

  /// Resumed with true when it may ask, with false when it is over.
  mutating func wait(_ key: Int, _ lane: String, atOnce: Int, _ continuation: CheckedContinuation<Bool, Never>) {
    waiting.append(Waiting(key: key, lane: lane, atOnce: atOnce, continuation: continuation))
  }

  /// Its rows are output, or nobody waits for them. Nothing happens to one that is not here.
  mutating func leave(_ key: Int) {
    if let lane = lanes.removeValue(forKey: key), let count = countByLane[lane] { countByLane[lane] = count > 1 ? count - 1 : nil }
    guard let place = waiting.firstIndex(where: { $0.key == key }) else { return }
    waiting.remove(at: place).continuation.resume(returning: false)
  }

  /// Lets in who may ask now, of the keys up to `last`.
  mutating func admit(upTo last: Int) {
    if waiting.isEmpty { return }
    var left: [Waiting] = []
    for request in waiting {
      if takesPlace(request.key, request.lane, atOnce: request.atOnce, hasRoom: request.key <= last) {
        request.continuation.resume(returning: true)
      } else {
        left.append(request)
      }
    }
    waiting = left
  }

  private mutating func takesPlace(_ key: Int, _ lane: String, atOnce: Int, hasRoom: Bool) -> Bool {
    guard hasRoom, countByLane[lane, default: 0] < atOnce else { return false }
    lanes[key] = lane
    countByLane[lane, default: 0] += 1
    return true
  }
}
