import Testing

@testable import JSONRPC

@Suite struct SortedQueueTests {
  @Test func theFirstIsTheLeastInWhateverOrderTheyCame() {
    var queue = SortedQueue<Int>()
    for number in [5, 9, 1, 7, 3] { queue.insert(number) }
    #expect(queue.first == 1)
    let removed = [7, 7, 4, 10].map { queue.remove($0) }
    #expect(removed == [true, false, false, false])
    let upTo5 = queue.removeAll(upTo: 5)
    #expect(upTo5 == [1, 3, 5] && queue.first == 9)
    let upTo8 = queue.removeAll(upTo: 8)
    #expect(upTo8 == [] && !queue.isEmpty)
    let last = [queue.remove(9), queue.remove(9)]
    #expect(last == [true, false] && queue.isEmpty && queue.first == nil)
  }

  @Test func deadlinesOfOneMomentEndInTheOrderOfTheirLines() {
    var deadlines = SortedQueue<RequestDeadline>()
    for (time, sequence) in [(20, 1), (10, 3), (10, 2), (30, 0)] { deadlines.insert(RequestDeadline(time: time, sequence: sequence)) }
    deadlines.remove(RequestDeadline(time: 20, sequence: 1))
    let sequences = deadlines.removeAll(upTo: RequestDeadline(time: 30, sequence: 0)).map(\.sequence)
    #expect(sequences == [2, 3, 0])
  }
}
