/// One message per line.
package struct LineFraming: Framing {
  private let limit: Int

  package init(limit: Int = Limits.lineBytes) { self.limit = limit }

  package var longestMessage: Int { limit + closing.utf8CodeUnitCount }
  package func makeCutter() -> any MessageCutter { LineCutter(limit: limit) }
  package func opening(of byteCount: Int) -> [UInt8] { [] }
  package var closing: StaticString { "\n" }
}
