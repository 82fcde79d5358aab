import JSON

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Collects the members of one request object and judges them at its end.
struct EnvelopeParts {
  private var version: Range<Int>?
  private var id: Range<Int>?
  private var method: Range<Int>?
  private var params: Range<Int>?
  private var idIsText = true
  private var methodIsText = true
  private var paramsAreText = true
  private var idIsDuplicate = false
  private var duplicate: String?
  private var unknown: Set<Int> = []
  private var hasTooMany = false
  /// Of params that are an object.
  var members = JSONMemberRanges()

  init() {}

  enum Role { case id, method, params, version, unknown }

  mutating func add(_ role: Role, _ name: Range<Int>, _ value: Range<Int>, isText: Bool, in bytes: UnsafeRawBufferPointer) {
    switch role {
    case .id:
      if id != nil { (duplicate, idIsDuplicate) = ("id", true) }
      (id, idIsText) = (value, isText)
    case .method:
      if method != nil { duplicate = "method" }
      (method, methodIsText) = (value, isText)
    case .params:
      if params != nil { duplicate = "params" }
      (params, paramsAreText) = (value, isText)
    case .version:
      if version != nil { duplicate = "jsonrpc" }
      version = value
    case .unknown:
      if unknown.count == Limits.envelopeMembers {
        hasTooMany = true
        return
      }
      if !unknown.insert(hash(of: name, bytes)).inserted { duplicate = "a member unknown here" }
    }
  }

  /// A name may be written with escapes and still be the same name.
  func role(of name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Role {
    if matches(name, "id", bytes) { return .id }
    if matches(name, "method", bytes) { return .method }
    if matches(name, "params", bytes) { return .params }
    if matches(name, "jsonrpc", bytes) { return .version }
    // The longest of them, with every character written as \uXXXX.
    guard name.count <= 7 * 6, let base = bytes.baseAddress, memchr(base + name.lowerBound, 0x5C, name.count) != nil else {
      return .unknown
    }
    return switch decodeJSONString(Array(bytes[name])[...]) {
    case "id": .id
    case "method": .method
    case "params": .params
    case "jsonrpc": .version
    default: .unknown
    }
  }

  /// Instead of the name, which may be long: two of a line's few names have the same 64 bits once in 10^13 lines, and nobody can choose
  /// them so, as each process begins with a number of its own. A name of more than 1 KiB is taken as it is written, escapes and all: it
  /// means nothing.
  private func hash(of name: Range<Int>, _ bytes: UnsafeRawBufferPointer) -> Int {
    var hasher = Hasher()
    let text = UnsafeRawBufferPointer(rebasing: bytes[name])
    if text.count <= 1 << 10, text.contains(UInt8(ascii: "\\")) {
      Array(decodeJSONString(Array(text)[...]).utf8).withUnsafeBytes { hasher.combine(bytes: $0) }
    } else {
      hasher.combine(bytes: text)
    }
    return hasher.finalize()
  }

  func envelope(at range: Range<Int>, in bytes: UnsafeRawBufferPointer) -> Envelope {
    var envelope = Envelope(range: range)
    envelope.id = judgedID(bytes)
    envelope.paramsHaveLoneSurrogate = !paramsAreText
    envelope.methodHasLoneSurrogate = !methodIsText
    envelope.params = params
    envelope.members = members
    if let method, bytes[method.lowerBound] == UInt8(ascii: "\"") { envelope.method = method.lowerBound + 1..<method.upperBound - 1 }
    envelope.refusal = refusal(envelope.id, bytes).map { .because($0) }
    return envelope
  }

  private func judgedID(_ bytes: UnsafeRawBufferPointer) -> Envelope.ID {
    guard let id else { return .absent }
    guard !idIsDuplicate, idIsText, id.count <= Limits.idBytes else { return .illegal }
    switch bytes[id.lowerBound] {
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "t"), UInt8(ascii: "f"): return .illegal
    default: return .at(id)
    }
  }

  private func refusal(_ id: Envelope.ID, _ bytes: UnsafeRawBufferPointer) -> RPCError? {
    if hasTooMany { return RPCError(.invalidRequest, "the request has more than \(Limits.envelopeMembers) unknown members") }
    if let duplicate { return RPCError(.invalidRequest, "duplicate member: \(duplicate)") }
    if let range = self.id, id == .illegal {
      if range.count > Limits.idBytes { return RPCError(.messageTooLarge, "id is longer than \(Limits.idBytes) bytes") }
      let isString = bytes[range.lowerBound] == UInt8(ascii: "\"")
      return RPCError(
        .invalidRequest, isString ? "id contains an unpaired UTF-16 surrogate" : "id is not a string, number or null")
    }
    guard let version, isVersion2(bytes[version]) else { return RPCError(.invalidRequest, #"jsonrpc is not "2.0""#) }
    guard let method, bytes[method.lowerBound] == UInt8(ascii: "\"") else { return RPCError(.invalidRequest, "method is not a string") }
    if let params, bytes[params.lowerBound] != UInt8(ascii: "{"), bytes[params.lowerBound] != UInt8(ascii: "[") {
      return RPCError(.invalidRequest, "params is not an object; omit it if there are none")
    }
    return nil
  }

  private func isVersion2(_ value: Slice<UnsafeRawBufferPointer>) -> Bool {
    if matches(value.startIndex..<value.endIndex, #""2.0""#, value.base) { return true }
    guard value.first == UInt8(ascii: "\"") else { return false }
    return sameScalars(decodeJSONString(Array(value.dropFirst().dropLast())[...]), "2.0")
  }

  private func matches(_ name: Range<Int>, _ word: StaticString, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard name.count == word.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
    return memcmp(base + name.lowerBound, word.utf8Start, name.count) == 0
  }
}
