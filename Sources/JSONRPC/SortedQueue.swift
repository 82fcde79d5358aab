/// A queue whose first is its least. What is put in is nearly always the greatest. A removal moves what stands behind it: a few KiB at
/// the most, because no more than some thousand requests wait at once.
struct SortedQueue<Element: Comparable> {
  private var elements: [Element] = []

  var first: Element? { elements.first }
  var isEmpty: Bool { elements.isEmpty }

  mutating func insert(_ element: Element) {
    guard let last = elements.last, element < last else { return elements.append(element) }
    elements.insert(element, at: index(of: element))
  }

  /// False if it is not there.
  @discardableResult
  mutating func remove(_ element: Element) -> Bool {
    let index = index(of: element)
    guard index < elements.count, elements[index] == element else { return false }
    elements.remove(at: index)
    return true
  }

  /// All up to `last`, taken out.
  mutating func removeAll(upTo last: Element) -> [Element] {
    let count = elements.firstIndex { $0 > last } ?? elements.count
    defer { elements.removeFirst(count) }
    return Array(elements[..<count])
  }

  /// The first index whose element is not less.
  private func index(of element: Element) -> Int {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if elements[middle] < element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
