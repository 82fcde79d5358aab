import Credentials
import JSON

/// Where a walk through a list is: how many rows it has passed, and which it remembers.
struct WalkPosition {
  private(set) var seen = 0
  /// The ids of the last rows, the very last at the end.
  private var remembered = RememberedIDs([])
  /// When the very last row was created.
  private var lastCreatedAt: ListedTime?
  /// The largest page the service gives, as far as it has shown.
  private(set) var longest = Self.largestPage

  private static let largestPage = 100
  /// So many ids go into a cursor: the last row may be gone when another process goes on.
  private static let idsInText = 5

  init() {}

  /// Nil if the position is not one of a walk.
  init?(_ position: StreamPosition) {
    guard let value = JSONSlice(parsing: Array(position.text.utf8))?.value, let seen = value["seen"]?.int,
      (1...Int(Int32.max)).contains(seen),
      let longest = value["longest"]?.int, (1...Self.largestPage).contains(longest),
      let last = value["last"]?.array, (1...Self.idsInText).contains(last.count)
    else { return nil }
    let ids = last.compactMap(\.string)
    guard ids.count == last.count, ids.allSatisfy({ UUIDText($0) != nil || AccountID($0) != nil }) else { return nil }
    if let time = value["at"]?.string {
      guard let read = ListedTime(time + "Z"), time.utf8.count == 29 else { return nil }
      lastCreatedAt = read
    }
    self.seen = seen
    self.longest = longest
    remembered = RememberedIDs(position.memory.isEmpty ? ids : position.memory)
  }

  var position: StreamPosition {
    let last = remembered.ids.suffix(Self.idsInText).map { JSONValue.string($0) }
    let at = lastCreatedAt.map { [JSONMember("at", .string($0.text))] } ?? []
    let value = [JSONMember("seen", .int(seen)), JSONMember("longest", .int(longest)), JSONMember("last", .array(last))] + at
    return StreamPosition(text: JSONText(.object(value)).text, memory: remembered.ids)
  }

  func remembers(_ id: String) -> Bool { remembered.contains(id) }

  /// The very last row that was passed.
  var last: String { remembered.ids.last ?? "" }

  func window(wanted: Int) -> PageWindow { PageWindow(after: seen, wanted: wanted, longest: longest) }

  /// True if that is less than was known.
  mutating func learns(longest count: Int) -> Bool {
    guard (1..<longest).contains(count) else { return false }
    longest = count
    return true
  }

  /// What a page says about the rows that come after what was passed.
  enum Match {
    /// They begin at this index, behind the last row where it was.
    case proven(Int)
    /// They would begin with the page's first row, if nothing shifted.
    case adjoining
    /// They begin at this index, behind a row that is not where it was.
    case shifted(Int)
    /// Nothing known is on the page.
    case unknown
  }

  func match<Row>(_ rows: [ListedRow<Row>], in window: PageWindow, _ order: ListOrder) -> Match {
    let ids = rows.map(\.id)
    if seen == 0 { return .proven(0) }
    let expected = seen - 1 - window.start
    if ids.indices.contains(expected), ids[expected] == last { return .proven(expected + 1) }
    if expected == -1 { return .adjoining }
    // Behind the first row that is known, not the last: one that was changed meanwhile may stand behind rows that nobody has seen. If what
    // comes before it is not known either, it may be such a row, and the page before tells.
    guard let first = ids.firstIndex(where: { remembers($0) }) else { return matchByTime(rows, in: window, order) }
    return first == 0 || window.page == 1 || remembered.ids.count < window.size ? .shifted(first + 1) : .unknown
  }

  /// Where all that is remembered is gone, as when a client deletes what it is given, the time of the last row tells the position, in the orders
  /// by creation.
  private func matchByTime<Row>(_ rows: [ListedRow<Row>], in window: PageWindow, _ order: ListOrder) -> Match {
    guard let lastCreatedAt, !rows.isEmpty else { return .unknown }
    var times: [ListedTime] = []
    for row in rows {
      guard let time = row.createdAt else { return .unknown }
      times.append(time)
    }
    let isBehind: (ListedTime) -> Bool
    switch order {
    case .createdAtAscending: isBehind = { $0 >= lastCreatedAt }
    case .createdAtDescending: isBehind = { $0 <= lastCreatedAt }
    default: return .unknown
    }
    let first = times.firstIndex(where: isBehind) ?? times.count
    // Of rows that begin with such a one, the page before may have more.
    return first == 0 && window.page > 1 ? .unknown : .shifted(first)
  }

  /// The rows up to this offset were passed; `rows` are the new ones among them.
  mutating func pass<Row>(upTo offset: Int, _ rows: [ListedRow<Row>], keeping count: Int) {
    seen = offset
    if let last = rows.last { lastCreatedAt = last.createdAt }
    remembered = RememberedIDs((remembered.ids + rows.map(\.id)).suffix(max(count, 1)))
  }
}
