/// One message per line.
package struct LineFraming: Framing {
  private static let lineFeed = [UInt8(ascii: "\n")]
  private let limit: Int

  package init(limit: Int = Limits.lineBytes) { self.limit = limit }

  package var longestMessage: Int { limit + Self.lineFeed.count }
  package func makeCutter() -> any MessageCutter { LineCutter(limit: limit) }
  package func opening(of byteCount: Int) -> [UInt8] { [] }
  package var closing: [UInt8] { Self.lineFeed }
}
