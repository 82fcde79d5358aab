/// The mutations of one lane that have begun and are not answered: one, or several that joined.
struct MutationGroup {
  private var count = 0
  /// What those name that join with all but the same.
  private var names: Set<String> = []
  private var takesMore = false

  init() {}

  /// Of the first one.
  init(_ joining: Joining) {
    takesMore = joining != .never
    if takesMore { _ = takes(joining) } else { count = 1 }
  }

  var isEmpty: Bool { count == 0 }

  /// Adds one, if it may be added.
  mutating func takes(_ joining: Joining) -> Bool {
    guard takesMore, count < Limits.joinedMutations else { return false }
    switch joining {
    case .never: return false
    case .always: break
    case .unlessSame(let name): guard names.insert(name).inserted else { return false }
    }
    count += 1
    return true
  }

  /// Takes one out that was added. True if it was the last: then it takes no other.
  mutating func leave(_ joining: Joining) -> Bool {
    if case .unlessSame(let name) = joining { names.remove(name) }
    count -= 1
    if count == 0 { takesMore = false }
    return count == 0
  }
}
