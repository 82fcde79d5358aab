/// Where the members of one object stand in its text. Of more than `most` members only the first are kept: no reader here knows so
/// many names, so such an object is refused, and what is said about it needs no more than their number.
package struct JSONMemberRanges {
  package static let most = 64

  package fileprivate(set) var first: [(name: Range<Int>, value: Range<Int>)] = []
  package fileprivate(set) var count = 0

  package init() {}
}

extension JSONScanner {
  /// Passes over one object, which begins at the next byte that is not white space, and marks its members.
  package mutating func members() throws(JSONScanError) -> JSONMemberRanges {
    var ranges = JSONMemberRanges()
    try take(UInt8(ascii: "{"))
    try enter()
    if !takeIf(UInt8(ascii: "}")) {
      repeat {
        if ranges.count == JSONMemberRanges.most {
          ranges.count += try passOverMembers()
          leave()
          return ranges
        }
        let name = try string()
        try take(UInt8(ascii: ":"))
        ranges.first.append((name, try value()))
        ranges.count += 1
      } while takeIf(UInt8(ascii: ","))
      try take(UInt8(ascii: "}"))
    }
    leave()
    return ranges
  }
}
