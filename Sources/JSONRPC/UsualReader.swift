import JSON

/// The short way to read a line that is one usual request: an object whose members are among the four of JSON-RPC, each once, with plain
/// ASCII in its method and id, a whole number or a string as its id, and params that are an object. For a ping it takes 440 instructions
/// where `MessageReader` takes 2,100.
///
/// Whatever else a line is, it returns nil: what is wrong, and what is only rare, `MessageReader` alone judges. What it does take, it marks
/// exactly as that one would; the fuzz target `envelopes` and `UsualReaderTests` hold it to that.
struct UsualReader {
  private let start: UnsafePointer<UInt8>
  private let count: Int
  private var offset = 0

  private init(_ start: UnsafePointer<UInt8>, _ count: Int) {
    self.start = start
    self.count = count
  }

  static func read(_ line: UnsafeRawBufferPointer) -> Envelope? {
    // No request is shorter, and so a whole word can always be loaded.
    guard line.count >= 8, let start = line.baseAddress else { return nil }
    var reader = UsualReader(start.assumingMemoryBound(to: UInt8.self), line.count)
    return reader.envelope(in: line)
  }

  @inline(__always) private mutating func envelope(in line: UnsafeRawBufferPointer) -> Envelope? {
    guard next() == UInt8(ascii: "{") else { return nil }
    let first = offset
    var hasVersion = false
    var (id, method) = (0..<0, 0..<0)
    var params: Range<Int>?
    var members = JSONMemberRanges()
    repeat {
      offset &+= 1
      _ = next()
      switch word(at: offset) {
      case Word.jsonrpc:
        guard !hasVersion, byte(at: offset &+ 8) == UInt8(ascii: "\""), hasValue(behind: 9) else { return nil }
        guard word(at: offset) & Word.fiveBytes == Word.version else { return nil }
        offset &+= 5
        hasVersion = true
      case Word.method:
        // An empty one, which is no method, would look as if none had come yet.
        guard method.isEmpty, hasValue(behind: 8), let text = string(), text.count > 2 else { return nil }
        method = text.lowerBound &+ 1..<text.upperBound &- 1
      case Word.params:
        guard params == nil, hasValue(behind: 8), let (end, found) = object(in: line) else { return nil }
        (params, members) = (offset..<end, found)
        offset = end
      case let word where word & Word.fourBytes == Word.id:
        guard id.isEmpty, hasValue(behind: 4), let text = idText() else { return nil }
        id = text
      default: return nil
      }
    } while next() == UInt8(ascii: ",")
    guard byte(at: offset) == UInt8(ascii: "}"), hasVersion, !method.isEmpty else { return nil }
    offset &+= 1
    let end = offset
    _ = next()
    guard offset == count else { return nil }
    return Envelope(
      id: id.isEmpty ? .absent : .at(id), echoesID: true, method: method, params: params, members: members, range: first..<end)
  }

  /// Goes on to the value of a member whose name, its quotes included, is so long.
  @inline(__always) private mutating func hasValue(behind name: Int) -> Bool {
    offset &+= name
    guard next() == UInt8(ascii: ":") else { return false }
    offset &+= 1
    _ = next()
    return true
  }

  /// Where the object ends that begins here, and its members. Changes nothing, so that the offset can stay in a register.
  @inline(never) private func object(in line: UnsafeRawBufferPointer) -> (end: Int, members: JSONMemberRanges)? {
    var scanner = JSONScanner(line)
    scanner.index = offset
    do throws(JSONScanError) {
      // The object that they stand in counts.
      try scanner.enter()
      let members = try scanner.members()
      return scanner.sawLoneSurrogate ? nil : (scanner.index, members)
    } catch { return nil }
  }

  @inline(__always) private mutating func idText() -> Range<Int>? {
    if byte(at: offset) == UInt8(ascii: "\"") {
      guard let text = string(), text.count <= Limits.idBytes else { return nil }
      return text
    }
    let first = offset
    while byte(at: offset) &- UInt8(ascii: "0") < 10 { offset &+= 1 }
    let count = offset &- first
    // A number that begins with a 0 is none, unless it is the 0. What follows shows whether the number goes on with a point or a power.
    return count == 1 || (2...Limits.idBytes ~= count && byte(at: first) != UInt8(ascii: "0")) ? first..<offset : nil
  }

  /// A string that goes back on the wire as it came, with its quotes.
  @inline(__always) private mutating func string() -> Range<Int>? {
    guard byte(at: offset) == UInt8(ascii: "\"") else { return nil }
    let first = offset
    offset &+= 1
    while true {
      let word = word(at: offset)
      let quote = word ^ Word.ones &* UInt64(UInt8(ascii: "\""))
      let backslash = word ^ Word.ones &* UInt64(UInt8(ascii: "\\"))
      // A byte b is zero only if (b - 1) & ~b has its top bit set, and one more than a byte has it from 0x7F on; a carry can only raise a
      // false alarm above the first hit.
      let marks = (quote &- Word.ones) & ~quote | (backslash &- Word.ones) & ~backslash
      let unprintables = (word &- Word.ones &* 0x20) & ~word | word | (word &+ Word.ones)
      let hits = (marks | unprintables) & Word.tops
      guard hits != 0 else {
        offset &+= 8
        continue
      }
      offset &+= hits.trailingZeroBitCount &>> 3
      guard byte(at: offset) == UInt8(ascii: "\"") else { return nil }
      offset &+= 1
      return first..<offset
    }
  }

  /// The next byte that is not white space, unread.
  @inline(__always) private mutating func next() -> UInt8 {
    while true {
      let byte = byte(at: offset)
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      offset &+= 1
    }
  }

  /// A 0, which stands nowhere in JSON, behind the last byte.
  @inline(__always) private func byte(at offset: Int) -> UInt8 { offset < count ? start[offset] : 0 }

  /// Eight bytes, of which the first is the lowest; zeros stand behind the last byte.
  @inline(__always) private func word(at offset: Int) -> UInt64 {
    guard offset &+ 8 <= count else { return lastWord(at: offset) }
    return UInt64(littleEndian: UnsafeRawPointer(start + offset).loadUnaligned(as: UInt64.self))
  }

  @inline(never) private func lastWord(at offset: Int) -> UInt64 {
    guard offset < count else { return 0 }
    let word = UInt64(littleEndian: UnsafeRawPointer(start + (count &- 8)).loadUnaligned(as: UInt64.self))
    return word &>> UInt64((offset &+ 8 &- count) &* 8)
  }
}

/// Words of eight bytes as they stand in a line, the first byte lowest.
private enum Word {
  @inline(__always) static var jsonrpc: UInt64 { word(of: #""jsonrpc"#) }
  @inline(__always) static var method: UInt64 { word(of: #""method""#) }
  @inline(__always) static var params: UInt64 { word(of: #""params""#) }
  @inline(__always) static var id: UInt64 { word(of: #""id""#) }
  @inline(__always) static var version: UInt64 { word(of: #""2.0""#) }
  static let fourBytes: UInt64 = 0xFFFF_FFFF
  static let fiveBytes: UInt64 = 0xFF_FFFF_FFFF
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let tops: UInt64 = 0x8080_8080_8080_8080

  /// Is computed when the program is built.
  @inline(__always) private static func word(of text: StaticString) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<text.utf8CodeUnitCount { word |= UInt64(text.utf8Start[index]) &<< UInt64(8 &* index) }
    return word
  }
}
