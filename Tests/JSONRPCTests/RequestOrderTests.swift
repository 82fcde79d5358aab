import Testing

@testable import JSONRPC

@Suite struct RequestOrderTests {
  private let read = Turn.routed(lane: "local", isMutation: false)
  private let mutation = Turn.routed(lane: "local", isMutation: true)

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

  /// Against the rules written down as they are read: no queues, every request looked at each time.
  @Test(arguments: 1...20) func startsWhatThePlainRulesStart(_ seed: UInt64) {
    var random = SplitMix(state: seed)
    var order = RequestOrder()
    var all: [(sequence: Int, turn: Turn, runs: Bool)] = []
    func mayStart(_ sequence: Int, _ turn: Turn) -> Bool {
      guard case .routed(let lane, _) = turn else { return all.count { $0.runs && $0.turn == .unscoped } < 8 }
      let isBlocked = all.contains { $0.sequence < sequence && $0.turn == .routed(lane: lane, isMutation: true) }
      return !isBlocked && all.count { $0.runs && $0.turn != .unscoped } < 64
    }
    for sequence in 1...1500 {
      let lane = ["local", "fr-par", "nl-ams"].randomElement(using: &random)!
      let turn = random.next() % 8 == 0 ? Turn.unscoped : .routed(lane: lane, isMutation: random.next() % 8 == 0)
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
