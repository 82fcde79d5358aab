extension UnsafeRawBufferPointer {
  /// The offset of the next byte that is not white space to JSON, or the end. Spaces go eight at a time: a line may be nothing else.
  package func endOfWhiteSpace(from start: Int) -> Int {
    let spaces: UInt64 = 0x2020_2020_2020_2020
    var offset = start
    while offset < count {
      switch self[offset] {
      case 0x20:
        offset += 1
        while offset + 8 <= count, loadUnaligned(fromByteOffset: offset, as: UInt64.self) == spaces { offset += 8 }
      case 0x09, 0x0A, 0x0D: offset += 1
      default: return offset
      }
    }
    return offset
  }
}
