import Testing

@testable import ScalewayBackend

/// Which page is asked for next.
@Suite struct PageWindowTests {
  @Test func theFirstPageIsTheOneThatWasAskedFor() {
    #expect(PageWindow(after: 0, wanted: 50, longest: 100) == PageWindow(page: 1, size: 50))
    #expect(PageWindow(after: 0, wanted: 100, longest: 20) == PageWindow(page: 1, size: 20))
  }

  @Test(arguments: [11, 20, 50, 99, 100]) func everyPageBeginsAtOrBeforeTheLastRowAndBringsNewOnes(longest: Int) {
    for wanted in [1, 2, 10, 50, 100] {
      for seen in 1...3_000 {
        let window = PageWindow(after: seen, wanted: wanted, longest: longest)
        #expect((2...longest).contains(window.size))
        #expect(window.start <= seen - 1 && seen - 1 < window.start + window.size)
        #expect(window.start + window.size > seen, "a page without a new row after \(seen)")
      }
    }
  }

  @Test func aLongListTakesFewRequestsMoreThanPlainPages() {
    #expect(requests(for: 10_000, wanted: 100, longest: 100).count == 114)
  }

  /// Whichever pages are requested, of whatever sizes, and wherever they are left for the next: as long as each begins at or before the last row
  /// that was sent, a list takes no fewer; and where what is wanted is few beside what a page can hold, hardly fewer rows.
  @Test(arguments: [(100, 100), (99, 100), (50, 100), (20, 100), (7, 100), (100, 50), (100, 20), (20, 20)])
  func noOtherPagesTakeFewerRequests(wanted: Int, longest: Int) {
    let count = 2_000
    // For each position the fewest requests, and of those the fewest rows, as one number.
    let request = 1_000_000
    let first = min(wanted, longest)
    var fewest = (0...count).map { $0 <= first ? request + first : .max }
    for seen in 1..<count {
      for size in 2...longest {
        let start = (seen - 1) / size * size
        let reached = min(count, seen + min(wanted, start + size - seen))
        let cost = fewest[seen] + request + size
        for place in stride(from: reached, to: seen, by: -1) where fewest[place] > cost { fewest[place] = cost }
      }
    }
    let requests = requests(for: count, wanted: wanted, longest: longest)
    #expect(requests.count == fewest[count] / request)
    let rows = requests.reduce(0) { $0 + $1.size }
    if wanted * 2 <= longest { #expect(rows * 98 <= fewest[count] % request * 100) }
  }

  private func requests(for count: Int, wanted: Int, longest: Int) -> [PageWindow] {
    var seen = 0
    var requests: [PageWindow] = []
    while seen < count {
      let window = PageWindow(after: seen, wanted: wanted, longest: longest)
      seen += min(wanted, window.start + window.size - seen)
      requests.append(window)
    }
    return requests
  }

  @Test func wherePagesAreTooShortToSeeARowTwiceTheNextIsAskedFor() {
    #expect(PageWindow(after: 7, wanted: 100, longest: 1) == PageWindow(page: 8, size: 1))
    #expect(PageWindow(after: 6, wanted: 100, longest: 3) == PageWindow(page: 3, size: 3))
    #expect(PageWindow(after: 5, wanted: 100, longest: 3) == PageWindow(page: 3, size: 2))
  }
}
