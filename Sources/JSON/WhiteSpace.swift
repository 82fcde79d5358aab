extension UnsafeRawBufferPointer {
  /// The place of the next byte that is not white space to JSON, or the end. Spaces go eight at a time: a line may be nothing else.
  package func endOfWhiteSpace(from start: Int) -> Int {
    let spaces: UInt64 = 0x2020_2020_2020_2020
    var place = start
    while place < count {
      switch self[place] {
      case 0x20:
        place += 1
        while place + 8 <= count, loadUnaligned(fromByteOffset: place, as: UInt64.self) == spaces { place += 8 }
      case 0x09, 0x0A, 0x0D: place += 1
      default: return place
      }
    }
    return place
  }
}
