import Credentials
import JSON

/// Where a walk through a list is: how many rows it has passed, and which it remembers.
struct WalkPlace {
  private(set) var seen = 0
  /// The ids of the last rows, the very last at the end.
  private var remembered: [String] = []
  /// The largest page the service gives, as far as it has shown.
  var longest = Self.largestPage

  private static let largestPage = 100
  /// So many ids go into a cursor: the last row may be gone when another process goes on.
  private static let idsInText = 5

  init() {}

  /// Nil if the position is not one of a walk.
  init?(_ position: StreamPosition) {
    guard let value = JSONSlice(parsing: Array(position.text.utf8))?.value, let seen = value["seen"]?.int, (1...1 << 40).contains(seen),
      let longest = value["longest"]?.int, (1...Self.largestPage).contains(longest),
      let last = value["last"]?.array, (1...Self.idsInText).contains(last.count)
    else { return nil }
    let ids = last.compactMap(\.string)
    guard ids.count == last.count, ids.allSatisfy({ UUIDText($0) != nil || AccountID($0) != nil }) else { return nil }
    self.seen = seen
    self.longest = longest
    remembered = position.memory.isEmpty ? ids : position.memory
  }

  var position: StreamPosition {
    let last = remembered.suffix(Self.idsInText).map { JSONValue.string($0) }
    let value: JSONValue = ["seen": .int(seen), "longest": .int(longest), "last": .array(last)]
    return StreamPosition(text: JSONText(value).text, memory: remembered)
  }

  func remembers(_ id: String) -> Bool { remembered.contains(id) }

  /// Where on a page that begins at row `start` the rows begin that come after what was passed. Nil if nothing known is on it.
  func newRows(in ids: [String], from start: Int) -> (index: Int, isWhereExpected: Bool)? {
    guard let last = remembered.last else { return (0, true) }
    let expected = seen - 1 - start
    if ids.indices.contains(expected), ids[expected] == last { return (expected + 1, true) }
    // Pages so short that nothing is seen twice.
    if expected == -1 { return (0, true) }
    return ids.lastIndex { remembers($0) }.map { ($0 + 1, false) }
  }

  /// The rows up to this place were passed; `ids` are the new ones among them.
  mutating func pass(upTo place: Int, _ ids: [String], keeping count: Int) {
    seen = place
    remembered = (remembered + ids).suffix(max(count, 1))
  }
}
