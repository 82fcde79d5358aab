/// One response on its way out. What stands around its result or error is written where the response goes, and joined with it nowhere before.
struct Response {
  static let opening: StaticString = #"{"jsonrpc":"2.0","id":"#
  static let result: StaticString = #","result":"#
  static let error: StaticString = #","error":"#
  static let closing: StaticString = "}"

  /// As it goes back.
  let id: [UInt8]
  /// `Response.result` or `Response.error`.
  let member: StaticString
  /// One JSON text together.
  let body: [[UInt8]]

  var byteCount: Int { Self.byteCount(id: id.count, member, body: body.reduce(0) { $0 + $1.count }) }

  @inline(__always) static func byteCount(id: Int, _ member: StaticString, body: Int) -> Int {
    opening.utf8CodeUnitCount + id + member.utf8CodeUnitCount + body + closing.utf8CodeUnitCount
  }

  /// The same for an array that waits for others; in no more room than it needs, because the longest ids wait by the hundred.
  var pieces: [[UInt8]] {
    var head: [UInt8] = []
    head.reserveCapacity(Self.opening.utf8CodeUnitCount + id.count + member.utf8CodeUnitCount)
    head.append(contentsOf: UnsafeBufferPointer(start: Self.opening.utf8Start, count: Self.opening.utf8CodeUnitCount))
    head += id
    head.append(contentsOf: UnsafeBufferPointer(start: member.utf8Start, count: member.utf8CodeUnitCount))
    return [head] + body + [Array("}".utf8)]
  }
}
