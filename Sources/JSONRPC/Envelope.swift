import JSON

/// One JSON-RPC request as ranges of its line: nothing is decoded or copied yet.
struct Envelope {
  enum ID: Equatable {
    case absent
    /// A string, number or null in this range.
    case at(Range<Int>)
    /// Of a wrong type, too long, there twice, or not text: cannot be echoed.
    case illegal
  }

  /// Boxed: nearly every envelope has none, and every one is handed on by value.
  indirect enum Problem { case because(RPCError) }

  var id = ID.absent
  /// The id goes back byte for byte as it came. False may also mean that nobody has looked.
  var echoesID = false
  var method = 0..<0
  var methodHasLoneSurrogate = false
  var params: Range<Int>?
  /// Of params that are an object.
  var members = JSONMemberRanges()
  var paramsHaveLoneSurrogate = false
  /// Set if this is not a valid request; `id` then says whether the refusal can name it.
  var refusal: Problem?
  /// The whole object's range.
  var range = 0..<0

  /// Nil where there are none.
  func params(in line: UnsafeRawBufferPointer) -> ParamsText? {
    guard let params else { return nil }
    var inside = JSONScanner(UnsafeRawBufferPointer(rebasing: line[params]))
    let isList = inside.takeIf(UInt8(ascii: "[")) && !inside.takeIf(UInt8(ascii: "]"))
    return ParamsText(line, members: members, isList: isList)
  }

  /// A valid request without an id. What is refused is never a notification.
  var isNotification: Bool { refusal == nil && id == .absent }
}

/// What one line holds.
enum Message {
  case single(Envelope)
  case batch([Envelope])
  /// Not even that; answered with a null id.
  case refused(RPCError)
}
