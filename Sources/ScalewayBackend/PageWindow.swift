/// Which page to ask for so that it begins with something known. Pages are numbers, and rows shift under them; only a page that holds the
/// last row that was seen again, where it was, proves that nothing was missed. Page sizes are free, so for every position there is one whose
/// pages begin a little before it.
struct PageWindow: Equatable {
  let page: Int
  let size: Int

  /// The offset of its first row, from 0.
  var start: Int { (page - 1) * size }

  init(page: Int, size: Int) {
    self.page = page
    self.size = size
  }

  /// The window that holds row `seen - 1` and then as many new rows as are wanted, or nearly so. `longest` is the largest page the service
  /// gives.
  init(after seen: Int, wanted: Int, longest: Int) {
    guard seen > 0 else {
      self.init(page: 1, size: min(wanted, longest))
      return
    }
    // Where pages are so short that none holds both rows, the next one.
    var best = PageWindow(page: seen / longest + 1, size: longest)
    var bestNew = 0
    for size in 2..<max(2, longest + 1) {
      let window = PageWindow(page: (seen - 1) / size + 1, size: size)
      let new = min(wanted, window.start + size - seen)
      if new > bestNew { (best, bestNew) = (window, new) }
      if new == wanted { break }
    }
    self = best
  }

  /// The page before; of an empty page at once the last one of a list of so many rows. Nil before the first.
  func earlier(ofTotal total: Int?) -> PageWindow? {
    guard page > 1 else { return nil }
    let last = total.map { max(1, ($0 - 1) / size + 1) } ?? page
    return PageWindow(page: min(page - 1, last), size: size)
  }
}
