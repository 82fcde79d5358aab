import JSON
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

  /// The short way of a result that is at hand beside the way of all others: a session is given one or the other, and the pipe the same.
  @Test(arguments: [0, 2, 100, 16_300, 16_340, 16_350, 16_360, 16_384, 17_000, 90_000])
  func aResultIsWrittenAlikeBothWays(length: Int) {
    var short = OutputBuffer()
    var long = OutputBuffer()
    let body = [UInt8](repeating: UInt8(ascii: "7"), count: length)
    for id in ["1", "\"\(String(repeating: "x", count: Limits.idBytes - 2))\"", "22", "\"\""] + (0..<30).map({ "\($0)00" }) {
      Array(id.utf8).withUnsafeBytes { short.append(JSONText(validated: body), to: $0, in: LineFraming()) }
      long.append(Response(id: Array(id.utf8), member: Response.result, body: [body]), in: LineFraming())
      #expect(short.queuedUpTo == long.queuedUpTo)
    }
    let written = drained(&long, atOnce: 70_000)
    #expect(written.starts(with: Array(#"{"jsonrpc":"2.0","id":1,"result":"#.utf8) + body + Array("}\n{".utf8)))
    #expect(drained(&short, atOnce: 4096) == written)
    #expect(short.writtenUpTo == short.queuedUpTo && short.queuedUpTo == written.count)
  }
}
