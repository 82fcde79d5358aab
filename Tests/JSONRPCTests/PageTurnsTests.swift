import Testing

@testable import JSONRPC

@Suite struct PageTurnsTests {
  private actor Turns {
    var turns = PageTurns()
    var told: [Int: Bool] = [:]

    func enter(_ sequence: Int, _ lane: String = "local", hasRoom: Bool = true) -> Bool {
      turns.enter(sequence, lane, atOnce: 2, hasRoom: hasRoom)
    }

    func wait(_ sequence: Int, _ lane: String = "local") async {
      told[sequence] = await withCheckedContinuation { turns.wait(sequence, lane, atOnce: 2, $0) }
    }

    /// One of a lane that has room is kept out only by one that waits.
    var isWaiting: Bool {
      var copy = turns
      copy.leave(1)
      return !copy.enter(0, "local", atOnce: 2, hasRoom: true)
    }

    func leave(_ sequence: Int) { turns.leave(sequence) }
    func admit(upTo last: Int = .max) { turns.admit(upTo: last) }
  }

  /// What one is told that waits while `body` runs.
  private func told(_ turns: Turns, _ sequence: Int, _ body: () async -> Void) async -> Bool? {
    async let wait: Void = turns.wait(sequence)
    while await !turns.isWaiting { await Task.yield() }
    await body()
    await wait
    return await turns.told[sequence]
  }

  @Test func ofALaneOnlySomeAskAtOnce() async {
    let turns = Turns()
    #expect(await turns.enter(1))
    #expect(await turns.enter(2))
    #expect(await !turns.enter(3))
    #expect(await turns.enter(4, "fr-par"))
    // Who asks again keeps its turn.
    #expect(await turns.enter(2))
    await turns.leave(1)
    #expect(await turns.enter(3))
    #expect(await !turns.enter(5))
  }

  @Test func nobodyAsksWithoutRoom() async {
    let turns = Turns()
    #expect(await !turns.enter(1, hasRoom: false))
    #expect(await turns.enter(1))
  }

  @Test func whoWaitsIsLetInByAgeAndNobodyOvertakes() async {
    let turns = Turns()
    for sequence in [1, 2] { #expect(await turns.enter(sequence)) }
    let told = await told(turns, 3) {
      await turns.leave(1)
      #expect(await !turns.enter(6), "3 waits in the same lane")
      #expect(await turns.enter(7, "fr-par"))
      await turns.admit(upTo: 2)
      #expect(await !turns.enter(6), "3 has no room yet")
      await turns.admit()
      #expect(await !turns.enter(6), "2 and 3 have the slots")
    }
    #expect(told == true)
  }

  @Test func whoIsGivenUpIsToldSoAndFreesItsPlace() async {
    let turns = Turns()
    for sequence in [1, 2] { #expect(await turns.enter(sequence)) }
    let told = await told(turns, 3) { await turns.leave(3) }
    #expect(told == false)
    await turns.leave(2)
    await turns.leave(2)
    #expect(await turns.enter(4))
    #expect(await !turns.enter(5))
  }
}
