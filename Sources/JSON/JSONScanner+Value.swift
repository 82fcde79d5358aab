extension JSONScanner {
  /// Passes over one value with all that stands in it.
  mutating func passOverValue() throws(JSONScanError) { _ = try walk(nil) }

  /// Passes over what is left of an object from the name of a member on, its end included, and returns the number of members.
  mutating func passOverMembers() throws(JSONScanError) -> Int { try walk(.object) }

  /// The same for an array, from an element on.
  package mutating func passOverElements() throws(JSONScanError) -> Int { try walk(.array) }

  /// The longest line holds four million values, and whoever sent it holds up everybody else for as long as this takes: so it is a
  /// loop and no recursion, and its offset is a local variable, which stays in a register.
  private mutating func walk(_ inside: JSONSlice.Kind?) throws(JSONScanError) -> Int {
    let text = text
    let inObject = inside == .object
    var offset = index
    // What is open within the value, innermost in the lowest bit: 1 for an object. There are as many bits as levels.
    var objects: UInt128 = inObject ? 1 : 0
    var isObject = inObject
    var room = Self.maximumDepth - depth
    let roomOutside = inside == nil ? room : room + 1
    var count = 1
    if inObject { offset = try endOfName(offset) }
    value: while true {
      switch text.next(&offset) {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): offset = try text.endOfNumber(offset)
      case UInt8(ascii: "\""): offset = try endOfString(offset &+ 1)
      case UInt8(ascii: "{"):
        offset &+= 1
        if room == 0 { throw .tooDeep }
        if text.next(&offset) != UInt8(ascii: "}") {
          room &-= 1
          objects = objects &<< 1 | 1
          isObject = true
          offset = try endOfName(offset)
          continue value
        }
        offset &+= 1
      case UInt8(ascii: "["):
        offset &+= 1
        if room == 0 { throw .tooDeep }
        if text.next(&offset) != UInt8(ascii: "]") {
          room &-= 1
          objects = objects &<< 1
          isObject = false
          continue value
        }
        offset &+= 1
      case UInt8(ascii: "t"): offset = try text.endOfWord("true", offset)
      case UInt8(ascii: "f"): offset = try text.endOfWord("false", offset)
      case UInt8(ascii: "n"): offset = try text.endOfWord("null", offset)
      default: throw .malformed(at: offset)
      }
      while room < roomOutside {
        let byte = text.next(&offset)
        if byte == UInt8(ascii: ",") {
          offset &+= 1
          if isObject { offset = try endOfName(offset) }
          if room &+ 1 == roomOutside { count &+= 1 }
          continue value
        }
        guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { throw .malformed(at: offset) }
        offset &+= 1
        room &+= 1
        objects = objects &>> 1
        isObject = objects & 1 == 1
      }
      index = offset
      return count
    }
  }

  /// Behind a member's name and its colon.
  @inline(__always) private mutating func endOfName(_ start: Int) throws(JSONScanError) -> Int {
    var offset = start
    guard text.next(&offset) == UInt8(ascii: "\"") else { throw .malformed(at: offset) }
    offset = try endOfString(offset &+ 1)
    guard text.next(&offset) == UInt8(ascii: ":") else { throw .malformed(at: offset) }
    return offset &+ 1
  }
}
