import Testing

@testable import JSONRPC

@Suite struct OutboxTests {
  /// What a writer gets that takes so many bytes at a time until none is left.
  private func drained(_ outbox: inout Outbox, atOnce: Int) -> [UInt8] {
    var taken: [UInt8] = []
    while outbox.waiting > 0 {
      outbox.drain { bytes in
        let count = min(bytes.count, atOnce)
        taken += bytes.prefix(count)
        return count
      }
    }
    return taken
  }

  @Test(arguments: [1, 7, 4096, 1 << 20])
  func everyByteComesOnceAndInItsOrder(atOnce: Int) {
    var outbox = Outbox()
    var expected: [UInt8] = []
    for number in 0..<200 {
      // Short ones fill many chunks, and among them are long ones.
      let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 50 == 49 ? 17 << 10 : number * 11 % 1500)
      outbox.append(piece)
      expected += piece
      guard number % 3 == 0 else { continue }
      // A writer that takes a little in between leaves what is half written where it stands.
      var left = 5
      outbox.drain { bytes in
        let count = min(bytes.count, left)
        #expect(bytes.prefix(count).elementsEqual(expected.prefix(count)))
        expected.removeFirst(count)
        left -= count
        return count
      }
    }
    #expect(outbox.waiting == expected.count)
    #expect(drained(&outbox, atOnce: atOnce) == expected)
    #expect(outbox.writtenUpTo == outbox.queuedUpTo)
  }
}
