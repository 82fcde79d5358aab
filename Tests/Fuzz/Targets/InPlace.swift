/// A request that is answered in place gets, byte for byte, what it gets in its turn.
extension FuzzTarget {
  static let inPlace = FuzzTarget(name: "in-place") { input in
    // Line by line: of several, those in place are answered before others, as they may.
    for line in lines(of: input) {
      let inPlace = try output(for: line, inPlace: true)
      let inItsTurn = try output(for: line, inPlace: false)
      let texts = [inPlace, inItsTurn].map { String(decoding: $0, as: UTF8.self) }
      try promise(inPlace == inItsTurn, "in place: \(texts[0]) else: \(texts[1])")
    }
  }
}
