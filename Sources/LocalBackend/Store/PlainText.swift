import Credentials

/// A text put together in memory that is known to suffice: between its pieces nothing is asked or grown.
struct PlainText {
  private let start: UnsafeMutableRawPointer
  private var count = 0

  /// Trusts that all pieces together fit.
  init(in memory: UnsafeMutableRawPointer) { start = memory }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  mutating func put(_ literal: StaticString) {
    put(UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  mutating func put(_ text: UnsafeRawBufferPointer) {
    guard let bytes = text.baseAddress else { return }
    (start + count).copyMemory(from: bytes, byteCount: text.count)
    count += text.count
  }

  mutating func put(_ time: UTCTime) {
    time.write(to: start + count)
    count += UTCTime.textBytes
  }
}
