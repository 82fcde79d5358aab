import JSONRPC

/// The reader of lines: however the stream comes in pieces, it is cut into the lines that its line feeds make.
extension FuzzTarget {
  private enum Cut: Equatable {
    case line([UInt8])
    case tooLong
  }

  private static let limit = 40

  /// The first byte says how long the pieces are; the rest is the stream.
  static let lines = FuzzTarget(name: "lines") { input in
    guard let size = input.first else { return }
    let stream = input.dropFirst()
    let expected = cut(stream)
    for size in [Int(size) + 1, 1, stream.count + 1] {
      try promise(read(stream, inPiecesOf: size) == expected, "in pieces of \(size) bytes the lines are others")
    }
  }

  private static func read(_ stream: ArraySlice<UInt8>, inPiecesOf size: Int) -> [Cut] {
    let framing = LineFraming(limit: limit)
    var cutter = framing.makeCutter()
    var buffer = InputBuffer(longestMessage: framing.longestMessage)
    var found: [Cut] = []
    func take() {
      while true {
        switch cutter.next(in: &buffer) {
        case .message(let line): found.append(.line(Array(line)))
        case .refused: found.append(.tooLong)
        case .needsMore, .end: return
        }
      }
    }
    var rest = stream
    while !rest.isEmpty {
      rest.prefix(size).withUnsafeBytes { buffer.append($0) }
      rest = rest.dropFirst(size)
      take()
    }
    buffer.end()
    take()
    return found
  }

  /// The same, from the whole stream at once.
  private static func cut(_ stream: ArraySlice<UInt8>) -> [Cut] {
    let stream = stream.starts(with: [0xEF, 0xBB, 0xBF]) ? stream.dropFirst(3) : stream
    return stream.split(separator: 0x0A, omittingEmptySubsequences: false).compactMap { line in
      if line.count > limit { return .tooLong }
      return line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } ? nil : .line(Array(line))
    }
  }
}
