/// How messages are told apart among the bytes of the wire, in both directions. A session is given one, and knows no other sign of where
/// a message begins or ends.
package protocol Framing: Sendable {
  /// The most that one message takes in the input, with all that belongs to it.
  var longestMessage: Int { get }
  /// What cuts messages off one stream.
  func makeCutter() -> any MessageCutter
  /// What stands before a message of so many bytes.
  func opening(of byteCount: Int) -> [UInt8]
  /// What stands behind a message.
  var closing: StaticString { get }
}

/// Cuts one stream of bytes into messages.
package protocol MessageCutter {
  mutating func next(in input: inout InputBuffer) -> FramedMessage
}

package enum FramedMessage {
  /// A message, which is valid until more is read.
  case message(UnsafeRawBufferPointer)
  /// Something that cannot be cut, or is too long; it is skipped, and the error says why. Boxed, because
  /// nearly all are messages.
  indirect case refused(RPCError)
  case needsMore
  case end
}
