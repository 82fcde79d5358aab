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
    var (seen, requests) = (0, 0)
    while seen < 10_000 {
      let window = PageWindow(after: seen, wanted: 100, longest: 100)
      seen = window.start + window.size
      requests += 1
    }
    #expect(requests <= 115)
  }

  @Test func wherePagesAreTooShortToSeeARowTwiceTheNextIsAskedFor() {
    #expect(PageWindow(after: 7, wanted: 100, longest: 1) == PageWindow(page: 8, size: 1))
    #expect(PageWindow(after: 6, wanted: 100, longest: 3) == PageWindow(page: 3, size: 3))
    #expect(PageWindow(after: 5, wanted: 100, longest: 3) == PageWindow(page: 3, size: 2))
  }
}
