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
    /// How they join, of those mutations that do.
    var joining: [Int: Joining] = [:]
    var group = MutationGroup()

    /// Whether a mutation before which all others have begun, and nothing waits, begins now, beside them.
    mutating func joins(_ sequence: Int) -> Bool { joining[sequence].map { group.takes($0) } ?? false }
  }

  private var lanes: [String: Lane] = [:]
  private var immediate = SortedQueue<Int>()
  private var unscoped = SortedQueue<Int>()
  /// Wait for a slot alone.
  private var routed = SortedQueue<Int>()
  /// Mutations among them, by their lanes.
  private var routedMutations: [Int: String] = [:]
  /// Wait for nothing but room: the group that they have joined has a slot.
  private var joined = SortedQueue<Int>()
  private(set) var running = 0
  private(set) var runningUnscoped = 0

  var hasWaitingImmediates: Bool { !immediate.isEmpty }

  /// The mutation of a lane that is to be answered before all others.
  func firstMutation(of lane: String) -> Int? { lanes[lane]?.mutations.first }

  /// Whether mutations of a lane are not answered yet.
  func hasMutations(in lane: String) -> Bool { lanes[lane] != nil }

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
    case .routed(let name, let isMutation, let joining):
      if isMutation {
        lanes[name, default: Lane()].mutations.insert(sequence)
        if joining != .never { lanes[name]?.joining[sequence] = joining }
      }
      if let oldest = lanes[name]?.mutations.first, oldest < sequence {
        // Behind a read nothing joins: it would be in what the read finds.
        guard lanes[name]?.waiting.isEmpty == true, lanes[name]?.joins(sequence) == true else {
          lanes[name]?.waiting.insert(sequence)
          return false
        }
        if hasRoom, joined.isEmpty { return true }
        joined.insert(sequence)
        return false
      }
      if hasRoom, routed.isEmpty, running < Limits.runningRequests {
        running += 1
        if isMutation { begin(sequence, in: name) }
        return true
      }
      routed.insert(sequence)
      if isMutation { routedMutations[sequence] = name }
    }
    return false
  }

  /// The oldest that may start, among those up to `last`; from now on it runs, an immediate one aside.
  mutating func next(upTo last: Int = .max) -> Int? {
    let routedFirst = running < Limits.runningRequests ? routed.first ?? .max : .max
    let unscopedFirst = runningUnscoped < Limits.runningUnscoped ? unscoped.first ?? .max : .max
    let sequence = min(routedFirst, unscopedFirst, immediate.first ?? .max, joined.first ?? .max)
    guard sequence < .max, sequence <= last else { return nil }
    if immediate.remove(sequence) || joined.remove(sequence) { return sequence }
    if unscoped.remove(sequence) {
      runningUnscoped += 1
    } else {
      routed.remove(sequence)
      running += 1
      if let lane = routedMutations.removeValue(forKey: sequence) { begin(sequence, in: lane) }
    }
    return sequence
  }

  /// Frees what a request holds or waits in, and lets go who waited for it.
  mutating func leave(_ sequence: Int, _ turn: Turn) {
    switch turn {
    case .immediate: immediate.remove(sequence)
    case .unscoped: if !unscoped.remove(sequence) { runningUnscoped -= 1 }
    case .routed(let name, let isMutation, let joining):
      let waited = lanes[name]?.waiting.remove(sequence) == true
      let hasBegun = !waited && !routed.remove(sequence)
      if isMutation {
        routedMutations[sequence] = nil
        joined.remove(sequence)
        letGo(name, without: sequence, hasBegun ? joining : nil)
      } else if hasBegun {
        running -= 1
      } else if waited, var lane = lanes.removeValue(forKey: name) {
        joinWaiting(&lane)
        lanes[name] = lane
      }
    }
  }

  /// The first of a group has a slot; those behind it that join need none.
  private mutating func begin(_ mutation: Int, in name: String) {
    guard var lane = lanes.removeValue(forKey: name) else { return }
    lane.group = MutationGroup(lane.joining[mutation] ?? .never)
    joinWaiting(&lane)
    lanes[name] = lane
  }

  private mutating func joinWaiting(_ lane: inout Lane) {
    while let sequence = lane.waiting.first, lane.joins(sequence) {
      lane.waiting.remove(sequence)
      joined.insert(sequence)
    }
  }

  /// `begun`: how it had joined, if it had begun.
  private mutating func letGo(_ name: String, without mutation: Int, _ begun: Joining?) {
    guard var lane = lanes.removeValue(forKey: name) else { return }
    lane.mutations.remove(mutation)
    lane.joining[mutation] = nil
    if let begun, lane.group.leave(begun) { running -= 1 }
    if lane.group.isEmpty {
      let oldest = lane.mutations.first ?? .max
      for sequence in lane.waiting.removeAll(upTo: oldest) {
        routed.insert(sequence)
        if sequence == oldest { routedMutations[sequence] = name }
      }
    } else {
      joinWaiting(&lane)
    }
    if !lane.mutations.isEmpty { lanes[name] = lane }
  }
}
