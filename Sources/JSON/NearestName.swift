/// The known name somebody probably meant: at most a third of its letters away (insertions, deletions, replacements and swapped
/// neighbours count one each); nil if none is near.
package func nearestName(to typed: String, among known: [String]) -> String? {
  let typed = Array(typed.utf8.prefix(80))
  let ranked = known.map { name in (name, editDistance(typed, Array(name.utf8))) }
  guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(1, min(best.0.utf8.count, typed.count) / 3) else { return nil }
  return best.0
}

private func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...other.count)
  for i in 0..<one.count {
    var row = [i + 1]
    for j in 0..<other.count {
      var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
      if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { cost = min(cost, beforeLast[j - 1] + 1) }
      row.append(cost)
    }
    beforeLast = last
    last = row
  }
  return last[other.count]
}
