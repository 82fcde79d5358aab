/// The members of one object as ranges of its text, for rows of which most is only passed on: names and values are decoded when somebody
/// asks.
package struct JSONMembers: Sendable {
  package struct Member: Sendable {
    /// What stands between the quotes of the name, as it came.
    let rawName: [UInt8]
    private let isPlain: Bool
    package let value: JSONSlice

    init(rawName: [UInt8], value: JSONSlice) {
      self.rawName = rawName
      self.value = value
      isPlain = !rawName.contains(UInt8(ascii: "\\"))
    }

    package func isNamed(_ name: StaticString) -> Bool {
      guard isPlain else { return decodeJSONString(rawName[...]).utf8.elementsEqual(Array(name.description.utf8)) }
      guard rawName.count == name.utf8CodeUnitCount else { return false }
      return rawName.withUnsafeBytes { $0.elementsEqual(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)) }
    }

    fileprivate func hasTheName(of other: Member) -> Bool {
      isPlain && other.isPlain
        ? rawName == other.rawName : sameScalars(decodeJSONString(rawName[...]), decodeJSONString(other.rawName[...]))
    }
  }

  package let all: [Member]

  /// Nil for every other value than an object.
  package init?(_ slice: JSONSlice) {
    guard slice.kind == .object else { return nil }
    all = slice.rawMembers
  }

  /// The value of the first member of this name.
  package subscript(name: StaticString) -> JSONSlice? { all.first { $0.isNamed(name) }?.value }

  /// Whether there is a duplicate name.
  package var hasTwins: Bool {
    // Pairs of the few names a row has; for the many of a row that is none, a set.
    guard all.count <= 32 else {
      var seen: Set<[UInt8]> = []
      return all.contains { !seen.insert(Array(decodeJSONString($0.rawName[...]).utf8)).inserted }
    }
    return all.indices.contains { index in all[..<index].contains { $0.hasTheName(of: all[index]) } }
  }
}
