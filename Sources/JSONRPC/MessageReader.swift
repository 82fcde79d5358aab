import JSON

/// Reads a line in one pass that checks every byte of it and marks the parts of its requests.
struct MessageReader {
  private var scanner: JSONScanner

  static func read(_ line: UnsafeRawBufferPointer) -> Message {
    var reader = MessageReader(scanner: JSONScanner(line))
    do throws(JSONScanError) {
      let message = try reader.message()
      guard reader.scanner.peek() == nil else { throw .malformed(at: reader.scanner.index) }
      return message
    } catch {
      switch error {
      case .malformed(let place): return .refused(RPCError(.parseError, "the line is not JSON: look at byte \(place)"))
      case .tooDeep: return .refused(RPCError(.nestingTooDeep, "more than \(JSONScanner.maximumDepth) nested arrays and objects"))
      }
    }
  }

  private mutating func message() throws(JSONScanError) -> Message {
    guard scanner.peek() == UInt8(ascii: "[") else { return .single(try element()) }
    scanner.index += 1
    try scanner.enter()
    var elements: [Envelope] = []
    if scanner.takeIf(UInt8(ascii: "]")) { return .refused(RPCError(.invalidRequest, "batch is empty")) }
    repeat {
      guard elements.count < Limits.batchElements else {
        // Refused whatever they are, so nothing is made of them.
        let count = elements.count + (try scanner.passOverElements())
        return .refused(RPCError(.batchTooLarge, "a batch may have \(Limits.batchElements) elements, this one has \(count)"))
      }
      elements.append(try element())
    } while scanner.takeIf(UInt8(ascii: ","))
    try scanner.take(UInt8(ascii: "]"))
    return .batch(elements)
  }

  private mutating func element() throws(JSONScanError) -> Envelope {
    guard scanner.peek() == UInt8(ascii: "{") else {
      let range = try scanner.value()
      return Envelope(refusal: .because(RPCError(.invalidRequest, "a request must be an object")), range: range)
    }
    var parts = EnvelopeParts()
    let start = scanner.index
    scanner.index += 1
    try scanner.enter()
    if !scanner.takeIf(UInt8(ascii: "}")) {
      repeat { try member(&parts) } while scanner.takeIf(UInt8(ascii: ","))
      try scanner.take(UInt8(ascii: "}"))
    }
    scanner.leave()
    return parts.envelope(at: start..<scanner.index, in: scanner.bytes)
  }

  private mutating func member(_ parts: inout EnvelopeParts) throws(JSONScanError) {
    scanner.sawLoneSurrogate = false
    let name = try scanner.string()
    try scanner.take(UInt8(ascii: ":"))
    scanner.sawLoneSurrogate = false
    let first = scanner.peek()
    let start = scanner.index
    let role = parts.role(of: name, scanner.bytes)
    if role == .params, first == UInt8(ascii: "{") { parts.members = try scanner.members() } else { _ = try scanner.value() }
    parts.add(role, name, start..<scanner.index, isText: !scanner.sawLoneSurrogate, in: scanner.bytes)
  }
}
