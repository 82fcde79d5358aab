import Testing

@testable import JSONRPC

@Suite struct RequestOrderTests {
  private let read = Turn.routed(lane: "local", isMutation: false)
  private let mutation = Turn.routed(lane: "local", isMutation: true)
  private let joins = Turn.routed(lane: "local", isMutation: true, joining: .always)

  private func naming(_ name: String) -> Turn { .routed(lane: "local", isMutation: true, joining: .unlessSame(name)) }

  private func enters(_ order: inout RequestOrder, _ sequence: Int, _ turn: Turn, hasRoom: Bool = true) -> Bool {
    order.enter(sequence, turn, hasRoom: hasRoom)
  }

  /// Everything that may start, in the order it does.
  private func started(_ order: inout RequestOrder) -> [Int] {
    var sequences: [Int] = []
    while let sequence = order.next() { sequences.append(sequence) }
    return sequences
  }

  @Test func aMutationWaitsForEarlierOnesOfItsLaneOnly() {
    var order = RequestOrder()
    #expect(enters(&order, 1, read))
    #expect(enters(&order, 2, mutation))
    #expect(!enters(&order, 3, mutation))
    #expect(!enters(&order, 4, read))
    #expect(enters(&order, 5, .routed(lane: "fr-par", isMutation: true)))
    order.leave(1, read)
    #expect(started(&order) == [])
    order.leave(2, mutation)
    #expect(started(&order) == [3])
    order.leave(3, mutation)
    #expect(started(&order) == [4])
  }

  @Test func aMutationThatIsCancelledWhileItWaitsLetsGoWhatWaitedForIt() {
    var order = RequestOrder()
    #expect(enters(&order, 1, mutation))
    for sequence in 2...5 { #expect(!enters(&order, sequence, sequence == 3 ? mutation : read)) }
    order.leave(3, mutation)
    #expect(started(&order) == [])
    order.leave(1, mutation)
    #expect(started(&order) == [2, 4, 5])
  }

  @Test func aPlaceIsGivenToTheOldestAndNobodyOvertakesIt() {
    var order = RequestOrder()
    for sequence in 1...64 { #expect(enters(&order, sequence, read)) }
    for sequence in 65...70 { #expect(!enters(&order, sequence, read)) }
    #expect(started(&order) == [])
    order.leave(7, read)
    #expect(!enters(&order, 71, read), "65 waits already")
    #expect(started(&order) == [65])
    order.leave(66, read)
    for sequence in 1...3 { order.leave(sequence, read) }
    #expect(started(&order) == [67, 68, 69])
  }

  @Test func whatNeedsNoPlaceWaitsForRoomAlone() {
    var order = RequestOrder()
    for sequence in 1...64 { #expect(enters(&order, sequence, sequence == 1 ? mutation : read) == (sequence == 1)) }
    #expect(enters(&order, 65, .immediate))
    #expect(enters(&order, 66, .unscoped))
    #expect(!enters(&order, 67, .immediate, hasRoom: false))
    #expect(order.hasWaitingImmediates)
    #expect(!enters(&order, 68, .unscoped, hasRoom: false))
    #expect(!enters(&order, 69, .immediate), "67 waits already")
    #expect(started(&order) == [67, 68, 69])
    #expect(!order.hasWaitingImmediates)
  }

  @Test func ofThoseWithoutALaneEightRunWhateverElseDoes() {
    var order = RequestOrder()
    for sequence in 1...64 { #expect(enters(&order, sequence, read)) }
    for sequence in 65...74 { #expect(enters(&order, sequence, .unscoped) == (sequence <= 72)) }
    order.leave(3, read)
    #expect(started(&order) == [])
    order.leave(70, .unscoped)
    #expect(started(&order) == [73])
  }

  @Test func nothingStartsThatCameAfterTheLastThatMay() {
    var order = RequestOrder()
    for sequence in 1...6 { #expect(!enters(&order, sequence, [.immediate, .unscoped, read][sequence % 3], hasRoom: false)) }
    var sequences: [Int] = []
    while let sequence = order.next(upTo: 4) { sequences.append(sequence) }
    #expect(sequences == [1, 2, 3, 4])
    #expect(started(&order) == [5, 6])
  }

  @Test func mutationsThatJoinBeginTogetherAndShareAPlace() {
    var order = RequestOrder()
    for sequence in 1...63 { #expect(enters(&order, sequence, read)) }
    for sequence in 64...70 { #expect(enters(&order, sequence, joins)) }
    #expect(!enters(&order, 71, .routed(lane: "fr-par", isMutation: true)), "all places are taken")
    for sequence in 64...69 { order.leave(sequence, joins) }
    #expect(started(&order) == [])
    #expect(enters(&order, 72, joins), "the group has its place still")
    order.leave(70, joins)
    order.leave(72, joins)
    #expect(started(&order) == [71])
  }

  @Test func nothingJoinsWhatItMustNotJoin() {
    var order = RequestOrder()
    #expect(enters(&order, 1, naming("a")))
    #expect(enters(&order, 2, naming("b")))
    #expect(!enters(&order, 3, naming("a")), "it depends on what becomes of the first")
    #expect(!enters(&order, 4, joins), "nobody overtakes")
    #expect(!enters(&order, 5, mutation))
    #expect(!enters(&order, 6, joins))
    order.leave(1, naming("a"))
    #expect(started(&order) == [3, 4])
    for (sequence, turn) in [(2, naming("b")), (3, naming("a")), (4, joins)] { order.leave(sequence, turn) }
    #expect(started(&order) == [5], "one that joins nothing is alone")
    order.leave(5, mutation)
    #expect(started(&order) == [6])
  }

  @Test func nothingJoinsPastARead() {
    var order = RequestOrder()
    #expect(enters(&order, 1, joins))
    #expect(!enters(&order, 2, read))
    #expect(!enters(&order, 3, joins), "the read would find what it did")
    order.leave(2, read)
    #expect(started(&order) == [3], "the read is gone")
    #expect(!enters(&order, 4, read))
    #expect(!enters(&order, 5, joins))
    order.leave(1, joins)
    #expect(started(&order) == [])
    order.leave(3, joins)
    #expect(started(&order) == [4, 5])
  }

  @Test func thoseThatJoinAreSoManyAtMostAndWaitForRoom() {
    var order = RequestOrder()
    for sequence in 1...Limits.joinedMutations { #expect(enters(&order, sequence, joins)) }
    #expect(!enters(&order, 513, joins))
    order.leave(7, joins)
    #expect(started(&order) == [513])
    order.leave(1, joins)
    #expect(!enters(&order, 514, joins, hasRoom: false))
    #expect(order.next(upTo: 0) == nil)
    #expect(started(&order) == [514])
    #expect(order.firstMutation(of: "local") == 2)
  }

  /// Against the rules written down as they are read: no queues, every request looked at each time.
  @Test(arguments: 1...20) func startsWhatThePlainRulesStart(_ seed: UInt64) {
    var random = SplitMix(state: seed)
    let (lanes, shareOfReads) = (["local", "fr-par", "nl-ams"], seed % 2 == 0 ? 8 : 1 + seed % 3)
    var order = RequestOrder()
    var all: [(sequence: Int, turn: Turn, runs: Bool)] = []
    func mutations(_ lane: String, before sequence: Int = .max) -> [(joining: Joining, runs: Bool)] {
      all.compactMap { request in
        guard case .routed(lane, true, let joining) = request.turn, request.sequence < sequence else { return nil }
        return (joining, request.runs)
      }
    }
    func mayStart(_ sequence: Int, _ turn: Turn) -> Bool {
      guard case .routed(let lane, let isMutation, let joining) = turn else { return all.count { $0.runs && $0.turn == .unscoped } < 8 }
      let before = mutations(lane, before: sequence)
      if before.isEmpty {
        let reads = all.count { if case .routed(_, false, _) = $0.turn { $0.runs } else { false } }
        return reads + lanes.count { mutations($0).contains(where: \.runs) } < 64
      }
      let waits = all.contains { request in
        guard case .routed(lane, _, _) = request.turn, !request.runs, request.sequence < sequence else { return false }
        return !mutations(lane, before: request.sequence).isEmpty
      }
      let together = (before.map(\.joining) + [joining])
      let names = together.compactMap { if case .unlessSame(let name) = $0 { name } else { nil } }
      return isMutation && !waits && before.allSatisfy(\.runs) && !together.contains(.never) && Set(names).count == names.count
    }
    for sequence in 1...1500 {
      let isMutation = random.next() % shareOfReads == 0
      let ways = [Joining.never, .always, .always, .unlessSame("a"), .unlessSame("b")]
      let joining = isMutation ? ways.randomElement(using: &random)! : .never
      let routed = Turn.routed(lane: lanes.randomElement(using: &random)!, isMutation: isMutation, joining: joining)
      let turn = random.next() % 8 == 0 ? Turn.unscoped : routed
      let starts = mayStart(sequence, turn)
      all.append((sequence, turn, starts))
      #expect(enters(&order, sequence, turn) == starts, "\(sequence)")
      while random.next() % 2 == 0, let gone = all.indices.randomElement(using: &random) {
        let left = all.remove(at: gone)
        order.leave(left.sequence, left.turn)
        var expected: [Int] = []
        for index in all.indices where !all[index].runs && mayStart(all[index].sequence, all[index].turn) {
          all[index].runs = true
          expected.append(all[index].sequence)
        }
        #expect(started(&order) == expected, "after \(left.sequence) left")
      }
    }
  }
}

/// The same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
