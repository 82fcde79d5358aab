/// The known name somebody probably meant: at most a third of its letters away (insertions, deletions, replacements and swapped
/// neighbours count one each); nil if none is near.
package func nearestName(to typed: String, among known: [String]) -> String? {
  let typed = Array(typed.utf8.prefix(80))
  var best: (name: String, distance: Int)?
  for name in known {
    let most = max(1, min(name.utf8.count, typed.count) / 3)
    // Letters that are too many or too few must each be counted.
    guard abs(name.utf8.count - typed.count) <= most else { continue }
    let distance = editDistance(typed, Array(name.utf8))
    if distance <= most, distance < best?.distance ?? .max { best = (name, distance) }
  }
  return best?.name
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
