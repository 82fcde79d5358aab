#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The params of one request, read where they stand for an answer in place: value by value, none kept. It takes what is usual and says
/// nothing of the rest: names written with escapes, unknown or there twice. Whoever has not read all of them, or whose field refuses a value,
/// leaves the request to `ParamsReader`, which alone says what is wrong; its dictionary of copies costs ten times as much.
package struct ParamsInPlace {
  private let params: ParamsText?
  private var readCount = 0

  package init(_ params: ParamsText?) { self.params = params }

  /// Whether every member was read. False for params by position, and for more members than anybody knows.
  package var areAllRead: Bool {
    guard let params else { return true }
    return !params.isList && params.members.count == readCount
  }

  /// The value of a name as it stands, valid as long as the line; nil if it is left out, and if it is longer than any may be, which then stays
  /// unread. Each name once only: of two members with it the second stays unread.
  package mutating func take(_ name: String) -> UnsafeRawBufferPointer? {
    guard let params else { return nil }
    var name = name
    let value = name.withUTF8 { name -> UnsafeRawBufferPointer? in
      guard let wanted = name.baseAddress, let line = params.line.baseAddress else { return nil }
      for member in params.members.first where member.name.count == name.count {
        if memcmp(line + member.name.lowerBound, wanted, name.count) == 0 { return params.value(of: member) }
      }
      return nil
    }
    guard let value, value.count <= ParamsReader.valueBytes else { return nil }
    readCount += 1
    return value
  }

  /// What stands between the quotes of a string; nil for other values, and for a string with escapes.
  package static func plainText(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard value.count >= 2, let start = value.baseAddress, value.first == UInt8(ascii: "\"") else { return nil }
    let content = UnsafeRawBufferPointer(start: start + 1, count: value.count - 2)
    return memchr(start + 1, CInt(UInt8(ascii: "\\")), content.count) == nil ? content : nil
  }
}
