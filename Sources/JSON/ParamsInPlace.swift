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

  /// The value of a name; nil if it is left out, and if it is longer than any may be, which then stays unread. Each name once only: of two
  /// members with it the second stays unread.
  package mutating func take(_ name: String) -> JSONSlice? {
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
    return JSONSlice(validated: value)
  }
}
