import Testing

@testable import JSONRPC

@Suite struct OutputBufferTests {
  /// What a writer gets that takes so many bytes at a time until none is left.
  private func drained(_ outputBuffer: inout OutputBuffer, atOnce: Int) -> [UInt8] {
    var taken: [UInt8] = []
    while outputBuffer.waiting > 0 {
      outputBuffer.drain { bytes in
        let count = min(bytes.count, atOnce)
        taken += bytes.prefix(count)
        return count
      }
    }
    return taken
  }

  @Test(arguments: [1, 7, 4096, 1 << 20])
  func everyByteComesOnceAndInItsOrder(atOnce: Int) {
    var outputBuffer = OutputBuffer()
    var expected: [UInt8] = []
    for number in 0..<200 {
      // Short ones fill many chunks, and among them are long ones.
      let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number % 50 == 49 ? 17 << 10 : number * 11 % 1500)
      outputBuffer.append(piece)
      expected += piece
      guard number % 3 == 0 else { continue }
      // A writer that takes a little in between leaves what is half written where it stands.
      var left = 5
      outputBuffer.drain { bytes in
        let count = min(bytes.count, left)
        #expect(bytes.prefix(count).elementsEqual(expected.prefix(count)))
        expected.removeFirst(count)
        left -= count
        return count
      }
    }
    #expect(outputBuffer.waiting == expected.count)
    #expect(drained(&outputBuffer, atOnce: atOnce) == expected)
    #expect(outputBuffer.writtenUpTo == outputBuffer.queuedUpTo)
  }
}
