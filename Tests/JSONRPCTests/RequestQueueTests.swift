import JSON
import Testing

@testable import JSONRPC

/// What a session promises of order, limits, ids, cancelling and deadlines, without its pipe.
@Suite struct RequestQueueTests {
  private let queue = QueueUnderTest()

  // MARK: Order

  @Test func readsRunBesideEachOtherAndMutationsOfALaneOneByOne() {
    #expect(queue.enter(.read) == .start(1))
    #expect(queue.enter(.read) == .start(2))
    #expect(queue.enter(.mutation) == .start(3), "it does not wait for reads")
    #expect(queue.enter(.mutation) == .wait)
    #expect(queue.enter(.read) == .wait, "it waits for both mutations")
    #expect(queue.enter(.mutation, lane: "fr-par") == .start(6))
    #expect(queue.enter(.unscoped) == .start(7))
    #expect(queue.enter(.immediate) == .answer)
    queue.remove(1)
    queue.remove(6)
    #expect(queue.starts() == [])
    queue.remove(3)
    #expect(queue.starts() == [4])
    queue.remove(4)
    #expect(queue.starts() == [5])
  }

  @Test func nothingStartsWhileNobodyReads() {
    queue.output = Limits.outputStopsStarts + 1
    #expect(queue.enter(.immediate) == .wait)
    #expect(queue.enter(.read) == .wait)
    #expect(queue.enter(.unscoped) == .wait)
    #expect(queue.starts() == [])
    queue.output = 0
    #expect(!queue.mayPassBy(), "it would overtake")
    #expect(queue.starts() == [1, 2, 3])
    #expect(queue.sequences == [2, 3], "what needs no turn is answered, and out of the queue")
  }

  @Test func aRequestPassesByOnlyWhereItsIDIsNotUnderWay() {
    #expect(queue.mayPassBy("1") && queue.mayPassBy("null"))
    #expect(queue.enter(.read, id: "null") == .start(1))
    #expect(queue.mayPassBy("1") && queue.mayPassBy("null"))
    #expect(queue.enter(.read, id: #""a""#) == .start(2))
    #expect(queue.mayPassBy("1") && !queue.mayPassBy(#""a""#) && !queue.mayPassBy(#""\u0061""#))
    queue.remove(2)
    #expect(queue.mayPassBy(#""a""#))
    queue.output = Limits.outputStopsStarts + 1
    #expect(!queue.mayPassBy("1"))
  }

  @Test func aLaneIsFreeWhereNoChangeOfItIsUnderWay() {
    #expect(queue.enter(.read, lane: "a") == .start(1))
    #expect(queue.isFree("a"))
    #expect(queue.enter(.mutation, lane: "a") == .start(2))
    #expect(queue.enter(.mutation, lane: "a", id: "null") == .wait)
    #expect(!queue.isFree("a") && queue.isFree("b"))
    queue.remove(2)
    #expect(!queue.isFree("a"))
    queue.remove(3)
    #expect(queue.isFree("a"))
  }

  @Test func mutationsThatJoinAreAnsweredInTheirOrder() {
    for sequence in 1...4 { #expect(queue.enter(.joining) == .start(sequence)) }
    #expect(queue.enter(.read) == .wait)
    #expect(queue.keeps(2) && queue.keeps(4))
    #expect(queue.answersDone() == [])
    #expect(!queue.keeps(1), "nobody is before it")
    queue.remove(1)
    #expect(queue.answersDone() == [2])
    #expect(queue.starts() == [])
    #expect(!queue.keeps(3))
    queue.remove(3)
    #expect(queue.answersDone() == [4])
    #expect(queue.starts() == [5])
    #expect(!queue.keeps(5), "a read is answered when it is done")
  }

  @Test func whatIsDoneAndEndedEarlyIsAnsweredWithItsResult() throws {
    for sequence in 1...4 { #expect(queue.enter(.joining, timeout: sequence == 3 ? 10 : 30_000) == .start(sequence)) }
    #expect(queue.keeps(2) && queue.keeps(3))
    let cancelled = try #require(queue.end(2))
    #expect(cancelled.isRemoved && cancelled.request.result != nil)
    let late = queue.expire(at: 10)
    #expect(late.map(\.sequence) == [3] && late.first?.isRemoved == true && late.first?.request.result != nil)
    // One that is not done is told when it is, whoever is before it.
    #expect(queue.end(4)?.isRemoved == false)
    #expect(!queue.keeps(4))
    queue.remove(4)
    #expect(queue.sequences == [1] && queue.answersDone() == [])
  }

  // MARK: Limits

  @Test func soManyMayWaitAndNoMore() {
    #expect(queue.enter(.mutation) == .start(1))
    for _ in 1..<Limits.waitingRequests { _ = queue.enter(.read) }
    #expect(queue.mayAccept)
    #expect(queue.enter(.read) == .wait)
    #expect(!queue.mayAccept)
    #expect(queue.end(700) != nil)
    #expect(queue.mayAccept)
    #expect(queue.enter(.read) == .wait)
    #expect(!queue.mayAccept)
    queue.remove(1)
    #expect(queue.starts().count == Limits.runningRequests)
    #expect(queue.mayAccept)
  }

  @Test func whatWaitsCountsByItsBytesWhatRunsByItsID() {
    let id = #""\#(String(repeating: "x", count: 998))""#
    #expect(queue.enter(.mutation, id: id, bytes: 1 << 30) == .start(1), "a message that waits for nothing may be as long as it likes")
    #expect(queue.mayAccept)
    #expect(queue.enter(.read, bytes: Limits.waitingBytes - 1001) == .wait)
    #expect(queue.mayAccept)
    #expect(queue.mayRead(unread: 1) && !queue.mayRead(unread: 2))
    queue.output = 1
    #expect(!queue.mayAccept)
    queue.output = 0
    #expect(queue.enter(.read, bytes: 1) == .wait)
    #expect(!queue.mayAccept)
    queue.remove(1)
    #expect(queue.mayAccept)
    #expect(queue.starts() == [2, 3])
    #expect(queue.mayRead(unread: Limits.waitingBytes), "nothing waits")
    for sequence in [2, 3] { queue.remove(sequence) }
    #expect(queue.isEmpty && queue.nextDeadline == nil)
  }

  @Test func outputThatNobodyReadsStopsReading() {
    queue.output = Limits.outputStopsReading
    #expect(queue.mayAccept)
    queue.output += 1
    #expect(!queue.mayAccept)
  }

  // MARK: Ids

  @Test func anIDIsUnderWayFromItsEntryToItsEnd() {
    #expect(queue.enter(.mutation, id: #""a\/b""#) == .start(1))
    #expect(queue.enter(.mutation, id: "7") == .wait)
    #expect(queue.sequence(of: #""a/b""#) == 1, "as decoded text")
    #expect(queue.sequence(of: "7") == 2 && queue.sequence(of: #""7""#) == nil, "a number is not a text")
    #expect(queue.end(2) != nil)
    #expect(queue.sequence(of: "7") == nil)
    queue.remove(1)
    #expect(queue.sequence(of: #""a/b""#) == nil)
    #expect(queue.enter(.immediate, id: "8") == .answer)
    #expect(queue.sequence(of: "8") == nil)
  }

  @Test func aNullIDIsNeverUnderWay() {
    #expect(queue.enter(.read, id: "null") == .start(1))
    #expect(queue.enter(.read, id: "null") == .start(2))
    #expect(queue.sequence(of: "null") == nil)
    queue.remove(1)
    #expect(queue.sequences == [2])
  }

  // MARK: Cancelling

  @Test func whatWaitsOrReadsEndsAtOnce() throws {
    for kind in [QueueUnderTest.Kind.read, .mutation, .mutation, .read] { _ = queue.enter(kind) }
    for sequence in [1, 3] {
      let ended = try #require(queue.end(sequence))
      #expect(ended.isRemoved && ended.sequence == sequence && ended.error.kind == .cancelled)
      #expect(queue.end(sequence) == nil && !queue.remove(sequence))
    }
    queue.remove(2)
    #expect(queue.starts() == [4], "nothing waits for the mutation that was cancelled")
  }

  @Test func aMutationOnItsWayHasTimeToTellItsResult() throws {
    #expect(queue.enter(.mutation) == .start(1))
    #expect(queue.enter(.read) == .wait)
    queue.now = 500
    let ended = try #require(queue.end(1))
    #expect(!ended.isRemoved)
    guard case .ending(let reason)? = queue.state(of: 1) else {
      Issue.record("it is not ending")
      return
    }
    #expect(reason.kind == .cancelled)
    #expect(queue.end(1) == nil, "it is cancelled once")
    #expect(queue.starts() == [], "its lane waits for it")
    #expect(queue.nextDeadline == 500 + RequestQueue.graceMilliseconds)
    #expect(queue.expire(at: 500 + RequestQueue.graceMilliseconds - 1).isEmpty)
    let late = queue.expire(at: 500 + RequestQueue.graceMilliseconds)
    #expect(late.map(\.sequence) == [1] && late[0].isRemoved)
    #expect(late[0].error.kind == .cancelled && late[0].error.outcome == .unknown)
    #expect(queue.starts() == [2])
  }

  // MARK: Deadlines

  @Test func eachEndsWhenItsTimeIsOver() {
    #expect(queue.enter(.mutation, timeout: 300) == .start(1))
    #expect(queue.enter(.read, timeout: 200) == .wait)
    #expect(queue.enter(.read, timeout: 200) == .wait)
    queue.now = 50
    #expect(queue.enter(.read, lane: "fr-par", timeout: 100) == .start(4))
    #expect(queue.nextDeadline == 150)
    #expect(queue.millisecondsLeft(of: 1, at: 120) == 180)
    queue.note(attempt: [JSONMember("attempts", 2)], of: 4)
    #expect(queue.expire(at: 149).isEmpty)
    let ended = queue.expire(at: 250)
    #expect(ended.map(\.sequence) == [4, 2, 3])
    #expect(ended.allSatisfy { $0.isRemoved && $0.error.kind == .timeout && $0.error.outcome == .none })
    #expect(ended[0].error.details == [JSONMember("elapsed_ms", 200), JSONMember("attempts", 2)])
    let mutation = queue.expire(at: 300)
    #expect(mutation.map(\.sequence) == [1] && mutation[0].isRemoved == false)
    let late = queue.expire(at: 300 + RequestQueue.graceMilliseconds)
    #expect(late.map(\.error.kind) == [.timeout] && late.map(\.error.outcome) == [.unknown])
    #expect(queue.isEmpty && queue.nextDeadline == nil)
  }

  @Test func theTimeOfAStreamCountsWithinAPage() {
    #expect(queue.enter(.stream, timeout: 100) == .start(1))
    #expect(queue.nextDeadline == nil)
    queue.beginPage(of: 1, at: 1000)
    #expect(queue.nextDeadline == 1100)
    queue.endPage(of: 1)
    #expect(queue.nextDeadline == nil && queue.millisecondsLeft(of: 1, at: 1000) == nil)
    queue.beginPage(of: 1, at: 2000)
    #expect(queue.expire(at: 2100).map(\.sequence) == [1])
    #expect(queue.enter(.read, timeout: 100) == .start(2))
    queue.endPage(of: 2)
    #expect(queue.nextDeadline == 2200, "one that is no stream has its time as a whole")
  }

  // MARK: Batches

  @Test func aBatchIsCompleteWithItsLastResponse() {
    let batch = queue.openBatch()
    #expect(queue.enter(.read, batch: batch) == .start(batch + 1))
    #expect(queue.add("1", to: batch) == nil, "more elements may come")
    #expect(queue.enter(.read, batch: batch) == .start(batch + 2))
    #expect(queue.closeBatch(batch) == nil)
    #expect(queue.message(of: queue.add("2", to: batch)) == "[1,2]")
    #expect(queue.startsUpTo == .max)
  }

  @Test func aBatchMayBeCompleteBeforeItsEnd() {
    let batch = queue.openBatch()
    for response in ["1", "2"] {
      #expect(queue.enter(.immediate, batch: batch) == .answer)
      #expect(queue.add(response, to: batch) == nil)
    }
    #expect(queue.message(of: queue.closeBatch(batch)) == "[1,2]")
  }

  @Test func aBatchOfNotificationsDrawsNothing() throws {
    let batch = queue.openBatch()
    let complete = try #require(queue.closeBatch(batch))
    #expect(complete.message == nil)
  }

  @Test func anArrayHasAnEndToWhatItHolds() {
    let batch = queue.openBatch()
    _ = queue.enter(.read, batch: batch)
    _ = queue.enter(.read, batch: batch)
    #expect(queue.hasRoom(for: Limits.batchAnswerBytes, in: batch))
    #expect(queue.add("12345", to: batch) == nil)
    // Each response has a comma or a bracket beside it.
    #expect(queue.hasRoom(for: Limits.batchAnswerBytes - 6, in: batch))
    #expect(!queue.hasRoom(for: Limits.batchAnswerBytes - 5, in: batch))
  }

  /// Else the requests whose responses are missing would wait for the responses that are here to be written.
  @Test func theOldestOpenBatchGoesOnWhileAllOthersWait() {
    let blocker = queue.enter(.mutation)
    let first = queue.openBatch()
    for _ in 1...2 { #expect(queue.enter(.read, batch: first) == .wait) }
    #expect(queue.closeBatch(first) == nil)
    let second = queue.openBatch()
    #expect(queue.enter(.read, lane: "fr-par", batch: second) == .start(second + 1))
    #expect(queue.enter(.read, batch: second) == .wait)
    #expect(queue.closeBatch(second) == nil)
    #expect(blocker == .start(1) && (first, second) == (2, 5))
    #expect(queue.startsUpTo == .max)
    #expect(queue.add(String(repeating: "x", count: Limits.outputStopsStarts), to: second) == nil)
    #expect(queue.startsUpTo == first + 2)
    #expect(queue.enter(.read, lane: "nl-ams") == .wait, "it is behind the batch")
    queue.remove(1)
    #expect(queue.starts() == [first + 1, first + 2])
    for response in ["1", "2"] { _ = queue.add(response, to: first) }
    #expect(queue.startsUpTo == second + 2)
    #expect(queue.starts() == [second + 2])
    #expect(queue.message(of: queue.add("3", to: second))?.utf8.count == Limits.outputStopsStarts + 4)
    #expect(queue.startsUpTo == .max)
    #expect(queue.starts() == [second + 3])
  }

  @Test func responsesInBatchesStopReading() {
    let batch = queue.openBatch()
    _ = queue.enter(.read, batch: batch)
    _ = queue.enter(.read, batch: batch)
    #expect(queue.add(String(repeating: "x", count: Limits.outputStopsReading), to: batch) == nil)
    #expect(!queue.mayAccept)
    #expect(queue.closeBatch(batch) == nil)
    #expect(queue.add("1", to: batch) != nil)
    #expect(queue.mayAccept)
  }
}
