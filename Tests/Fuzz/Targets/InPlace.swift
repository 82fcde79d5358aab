/// A request that is answered in place gets, byte for byte, what it gets in its turn.
extension FuzzTarget {
  static let inPlace = FuzzTarget(name: "in-place") { input in
    // Line by line: of several, those in place are answered before others, as they may.
    for line in lines(of: input) {
      let inPlace = try output(for: line, inPlace: true)
      let inItsTurn = try output(for: line, inPlace: false)
      try promise(inPlace == inItsTurn, "in place: \(String(decoding: inPlace, as: UTF8.self)) else \(String(decoding: inItsTurn, as: UTF8.self))")
    }
  }
}
