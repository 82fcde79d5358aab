/// Who may start when. Knows requests by their sequence numbers, which count up in the order of the lines.
///
/// Each waits in one queue only, by what it waits for, and of a queue only the first is ever looked at: what a turn of the session
/// costs does not depend on how many wait. Nobody behind the first of a lane could start when the first cannot, because that one waits
/// for a mutation which came before all of them.
struct RequestOrder {
  private struct Lane {
    /// Those that are not answered yet.
    var mutations = SortedQueue<Int>()
    /// What waits for one of them.
    var waiting = SortedQueue<Int>()
  }

  private var lanes: [String: Lane] = [:]
  private var immediate = SortedQueue<Int>()
  private var unscoped = SortedQueue<Int>()
  /// Wait for a slot alone.
  private var routed = SortedQueue<Int>()
  private(set) var running = 0
  private(set) var runningUnscoped = 0

  var hasWaitingImmediates: Bool { !immediate.isEmpty }

  /// Fixes the position of a request in the order. True if it starts now: then it runs, an immediate one aside; else it waits. Nobody
  /// overtakes one that waits for the same.
  mutating func enter(_ sequence: Int, _ turn: Turn, hasRoom: Bool) -> Bool {
    switch turn {
    case .immediate:
      if hasRoom, immediate.isEmpty { return true }
      immediate.insert(sequence)
    case .unscoped:
      if hasRoom, unscoped.isEmpty, runningUnscoped < Limits.runningUnscoped {
        runningUnscoped += 1
        return true
      }
      unscoped.insert(sequence)
    case .routed(let name, let isMutation):
      if isMutation { lanes[name, default: Lane()].mutations.insert(sequence) }
      if let oldest = lanes[name]?.mutations.first, oldest < sequence {
        lanes[name]?.waiting.insert(sequence)
        return false
      }
      if hasRoom, routed.isEmpty, running < Limits.runningRequests {
        running += 1
        return true
      }
      routed.insert(sequence)
    }
    return false
  }

  /// The oldest that may start, among those up to `last`; from now on it runs, an immediate one aside.
  mutating func next(upTo last: Int = .max) -> Int? {
    let routedFirst = running < Limits.runningRequests ? routed.first ?? .max : .max
    let unscopedFirst = runningUnscoped < Limits.runningUnscoped ? unscoped.first ?? .max : .max
    let immediateFirst = immediate.first ?? .max
    let sequence = min(routedFirst, unscopedFirst, immediateFirst)
    guard sequence < .max, sequence <= last else { return nil }
    if immediate.remove(sequence) { return sequence }
    if unscoped.remove(sequence) {
      runningUnscoped += 1
    } else {
      routed.remove(sequence)
      running += 1
    }
    return sequence
  }

  /// Frees what a request holds or waits in, and lets go who waited for it.
  mutating func leave(_ sequence: Int, _ turn: Turn) {
    switch turn {
    case .immediate: immediate.remove(sequence)
    case .unscoped: if !unscoped.remove(sequence) { runningUnscoped -= 1 }
    case .routed(let name, let isMutation):
      if lanes[name]?.waiting.remove(sequence) != true, !routed.remove(sequence) { running -= 1 }
      if isMutation { letGo(name, without: sequence) }
    }
  }

  private mutating func letGo(_ name: String, without mutation: Int) {
    guard var lane = lanes.removeValue(forKey: name) else { return }
    lane.mutations.remove(mutation)
    let oldest = lane.mutations.first ?? .max
    for sequence in lane.waiting.removeAll(upTo: oldest) { routed.insert(sequence) }
    if !lane.mutations.isEmpty { lanes[name] = lane }
  }
}
