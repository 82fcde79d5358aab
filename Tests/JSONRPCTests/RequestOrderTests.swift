import Testing

@testable import JSONRPC

@Suite struct RequestOrderTests {
  private let read = Turn.routed(lane: "local", isMutation: false)
  private let mutation = Turn.routed(lane: "local", isMutation: true)

  private func enters(_ order: inout RequestOrder, _ key: Int, _ turn: Turn, hasRoom: Bool = true) -> Bool {
    order.enter(key, turn, hasRoom: hasRoom)
  }

  /// Everything that may start, in the order it does.
  private func started(_ order: inout RequestOrder) -> [Int] {
    var keys: [Int] = []
    while let key = order.next() { keys.append(key) }
    return keys
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
    for key in 2...5 { #expect(!enters(&order, key, key == 3 ? mutation : read)) }
    order.leave(3, mutation)
    #expect(started(&order) == [])
    order.leave(1, mutation)
    #expect(started(&order) == [2, 4, 5])
  }

  @Test func aPlaceIsGivenToTheOldestAndNobodyOvertakesIt() {
    var order = RequestOrder()
    for key in 1...64 { #expect(enters(&order, key, read)) }
    for key in 65...70 { #expect(!enters(&order, key, read)) }
    #expect(started(&order) == [])
    order.leave(7, read)
    #expect(!enters(&order, 71, read), "65 waits already")
    #expect(started(&order) == [65])
    order.leave(66, read)
    for key in 1...3 { order.leave(key, read) }
    #expect(started(&order) == [67, 68, 69])
  }

  @Test func whatNeedsNoPlaceWaitsForRoomAlone() {
    var order = RequestOrder()
    for key in 1...64 { #expect(enters(&order, key, key == 1 ? mutation : read) == (key == 1)) }
    #expect(enters(&order, 65, .immediate))
    #expect(enters(&order, 66, .placeless))
    #expect(!enters(&order, 67, .immediate, hasRoom: false))
    #expect(order.hasWaitingImmediates)
    #expect(!enters(&order, 68, .placeless, hasRoom: false))
    #expect(!enters(&order, 69, .immediate), "67 waits already")
    #expect(started(&order) == [67, 68, 69])
    #expect(!order.hasWaitingImmediates)
  }

  @Test func ofThoseWithoutALaneEightRunWhateverElseDoes() {
    var order = RequestOrder()
    for key in 1...64 { #expect(enters(&order, key, read)) }
    for key in 65...74 { #expect(enters(&order, key, .placeless) == (key <= 72)) }
    order.leave(3, read)
    #expect(started(&order) == [])
    order.leave(70, .placeless)
    #expect(started(&order) == [73])
  }

  @Test func nothingStartsThatCameAfterTheLastThatMay() {
    var order = RequestOrder()
    for key in 1...6 { #expect(!enters(&order, key, [.immediate, .placeless, read][key % 3], hasRoom: false)) }
    var keys: [Int] = []
    while let key = order.next(upTo: 4) { keys.append(key) }
    #expect(keys == [1, 2, 3, 4])
    #expect(started(&order) == [5, 6])
  }

  /// Against the rules written down as they are read: no queues, every request looked at each time.
  @Test(arguments: 1...20) func startsWhatThePlainRulesStart(_ seed: UInt64) {
    var random = SplitMix(state: seed)
    var order = RequestOrder()
    var all: [(key: Int, turn: Turn, runs: Bool)] = []
    func mayStart(_ key: Int, _ turn: Turn) -> Bool {
      guard case .routed(let lane, _) = turn else { return all.count { $0.runs && $0.turn == .placeless } < 8 }
      let isBlocked = all.contains { $0.key < key && $0.turn == .routed(lane: lane, isMutation: true) }
      return !isBlocked && all.count { $0.runs && $0.turn != .placeless } < 64
    }
    for key in 1...1500 {
      let lane = ["local", "fr-par", "nl-ams"].randomElement(using: &random)!
      let turn = random.next() % 8 == 0 ? Turn.placeless : .routed(lane: lane, isMutation: random.next() % 8 == 0)
      let starts = mayStart(key, turn)
      all.append((key, turn, starts))
      #expect(enters(&order, key, turn) == starts, "\(key)")
      while random.next() % 2 == 0, let gone = all.indices.randomElement(using: &random) {
        let left = all.remove(at: gone)
        order.leave(left.key, left.turn)
        var expected: [Int] = []
        for index in all.indices where !all[index].runs && mayStart(all[index].key, all[index].turn) {
          all[index].runs = true
          expected.append(all[index].key)
        }
        #expect(started(&order) == expected, "after \(left.key) left")
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
