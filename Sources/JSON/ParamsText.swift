/// The params of one request as ranges of its line, which must outlive it.
package struct ParamsText {
  package let line: UnsafeRawBufferPointer
  package let members: JSONMemberRanges
  /// They go by position: an array that is not empty.
  package let isList: Bool

  package init(_ line: UnsafeRawBufferPointer, members: JSONMemberRanges, isList: Bool) {
    self.line = line
    self.members = members
    self.isList = isList
  }

  package func name(of member: (name: Range<Int>, value: Range<Int>)) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: line[member.name])
  }

  package func value(of member: (name: Range<Int>, value: Range<Int>)) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: line[member.value])
  }
}
