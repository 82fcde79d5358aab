import JSONRPC
import Testing

@Suite struct FramingTests {
  /// Everything a stream is cut into, fed in chunks of one size.
  private func cut(_ stream: [UInt8], chunk: Int, limit: Int = 1000) -> [String] {
    let framing = LineFraming(limit: limit)
    var cutter = framing.makeCutter()
    var input = InputBuffer(longestMessage: framing.longestMessage)
    var seen: [String] = []
    func take() {
      while true {
        switch cutter.next(in: &input) {
        case .message(let line): seen.append(String(decoding: line, as: UTF8.self))
        case .refused(let error):
          #expect(error.kind == .messageTooLarge)
          seen.append("<too long>")
        case .needsMore, .end: return
        }
      }
    }
    for start in stride(from: 0, to: stream.count, by: chunk) {
      stream[start..<min(start + chunk, stream.count)].withUnsafeBytes { input.append($0) }
      take()
    }
    input.end()
    take()
    return seen
  }

  @Test(arguments: [1, 2, 3, 7, 64, 5000]) func cutsTheSameLinesInAnyChunks(_ chunk: Int) {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    #expect(cut(mark + Array("a\r\n\n \t\r\nb\nc".utf8), chunk: chunk) == ["a\r", "b", "c"])
    #expect(cut(Array("a\n".utf8) + mark + Array("b".utf8), chunk: chunk) == ["a", "\u{FEFF}b"])
    #expect(cut([0xEF, 0xBB], chunk: chunk).count == 1)
    #expect(cut(mark, chunk: chunk) == [])
    #expect(cut([], chunk: chunk) == [])
  }

  @Test(arguments: [1, 3, 64, 5000]) func skipsLongLinesOnce(_ chunk: Int) {
    let long = [UInt8](repeating: 0x61, count: 1001)
    let fits = [UInt8](repeating: 0x62, count: 1000)
    let lines = cut(long + [0x0A] + fits + [0x0A] + long + long + long + [0x0A, 0x63], chunk: chunk)
    #expect(lines == ["<too long>", String(decoding: fits, as: UTF8.self), "<too long>", "c"])
    #expect(cut(long, chunk: chunk) == ["<too long>"])
  }
}
