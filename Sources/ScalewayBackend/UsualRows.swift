import Credentials
import JSON

/// Reads credentials where they stand in a response, as the service writes them usually: checked, and ready to go out, in one pass. That takes
/// 4,000 instructions a row, where `RowReader` takes 70,000.
///
/// Usual are rows without white space, of printable ASCII without escapes, with each of the members of today at most once and no others. Nil
/// is said of every other row and is no judgement: `RowReader` reads it then, and is the only one to say what is wrong with it.
struct UsualRows {
  private let text: UnsafeRawBufferPointer
  private let region: Region
  /// Whose rows they must be, if that was asked for.
  private let account: AccountID?
  /// Where the next byte is.
  var index = 0
  /// Where an account's id and the region stand that were checked: nearly always the next row has the same.
  private var checkedAccount: UnsafeRawBufferPointer?
  private var checkedRegion: UnsafeRawBufferPointer?

  /// The bytes must outlive it.
  init(_ text: UnsafeRawBufferPointer, _ region: Region, account: AccountID? = nil) {
    self.text = text
    self.region = region
    self.account = account
  }

  /// Passes over white space; true if it is the last.
  mutating func takeEnd() -> Bool {
    while index < text.count, [0x20, 0x0A, 0x0D, 0x09].contains(text[index]) { index &+= 1 }
    return index == text.count
  }

  /// The members of a credential, as bits.
  private struct Members: OptionSet {
    let rawValue: UInt8
    static let (id, name, account, region) = (Members(rawValue: 1), Members(rawValue: 2), Members(rawValue: 4), Members(rawValue: 8))
    static let (checksum, created, updated) = (Members(rawValue: 16), Members(rawValue: 32), Members(rawValue: 64))
    static let secret = Members(rawValue: 128)
    /// Without these a row is not usual.
    static let needed: Members = [id, name, account, region, created]
  }

  /// Passes over the row that begins here. Nil if it is not usual; `index` is then anywhere.
  mutating func credential() -> ListedRow<Credential>? {
    let start = index
    guard take("{") else { return nil }
    var seen: Members = []
    var id: CredentialID?
    var name: UnsafeRawBufferPointer?
    var createdAt: ListedTime?
    var secret: Range<Int>?
    repeat {
      let begin = index
      guard let member = takeName(), seen.isDisjoint(with: member) else { return nil }
      seen.insert(member)
      if member == .secret {
        guard take("null") else { return nil }
        secret = begin..<index
        continue
      }
      guard let value = takeString() else { return nil }
      switch member {
      case .id:
        // Of capitals the bridge knows the small letters, and passes on what came.
        guard let read = CredentialID(utf8: value, onlySmall: true) else { return nil }
        id = read
      case .name: name = value
      case .account: guard isAccount(value) else { return nil }
      case .region: guard isRegion(value) else { return nil }
      case .checksum: guard HexWord.isSHA1(value) else { return nil }
      case .created: createdAt = ListedTime(utf8: value)
      default: break
      }
    } while take(",")
    guard take("}"), seen.isSuperset(of: .needed), let id, let name, let createdAt else { return nil }
    let json = JSONText(validated: Self.row(text, start..<index, without: secret))
    let credential = Credential(id: id, name: String(decoding: name, as: UTF8.self), json: json)
    return ListedRow(credential, id: id.text, createdAt: createdAt)
  }

  /// Passes over these bytes, if they are the next.
  @inline(__always) mutating func take(_ bytes: StaticString) -> Bool {
    let end = index &+ bytes.utf8CodeUnitCount
    guard end <= text.count else { return false }
    for offset in 0..<bytes.utf8CodeUnitCount where text[index &+ offset] != bytes.utf8Start[offset] { return false }
    index = end
    return true
  }

  /// Passes over a number of digits only.
  mutating func takeCount() -> Int? {
    let start = index
    while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index &+= 1 }
    guard 1...18 ~= index - start, text[start] != UInt8(ascii: "0") || index == start + 1 else { return nil }
    return text[start..<index].reduce(0) { $0 &* 10 &+ Int($1 &- UInt8(ascii: "0")) }
  }

  /// Passes over the name of a member and its colon. Its first letters tell which it can be.
  private mutating func takeName() -> Members? {
    guard index &+ 6 <= text.count else { return nil }
    switch (text[index &+ 1], text[index &+ 2], text[index &+ 4]) {
    case (UInt8(ascii: "i"), _, _): return take(#""id":"#) ? .id : nil
    case (UInt8(ascii: "n"), _, UInt8(ascii: "e")): return take(#""name":"#) ? .name : nil
    case (UInt8(ascii: "n"), _, _): return take(#""nats_account_id":"#) ? .account : nil
    case (UInt8(ascii: "r"), _, _): return take(#""region":"#) ? .region : nil
    case (UInt8(ascii: "u"), _, _): return take(#""updated_at":"#) ? .updated : nil
    case (UInt8(ascii: "c"), UInt8(ascii: "h"), _): return take(#""checksum":"#) ? .checksum : nil
    case (UInt8(ascii: "c"), _, UInt8(ascii: "a")): return take(#""created_at":"#) ? .created : nil
    case (UInt8(ascii: "c"), _, _): return take(#""credentials":"#) ? .secret : nil
    default: return nil
    }
  }

  /// Passes over a string without escapes, all of it printable ASCII, and returns what stands between its quotes. Eight bytes at a time: in each
  /// byte of a word the top bit is set where a byte is not plain. A borrow goes only up, so the lowest such byte is exact.
  private mutating func takeString() -> UnsafeRawBufferPointer? {
    guard take("\"") else { return nil }
    let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    var end = index
    while end &+ 8 <= text.count {
      let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: end, as: UInt64.self))
      let (quotes, backslashes) = (word ^ ones &* 0x22, word ^ ones &* 0x5C)
      let special =
        ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | (word &- ones &* 0x20) & ~word | word | (word &+ ones)) & tops
      if special != 0 {
        end &+= special.trailingZeroBitCount &>> 3
        break
      }
      end &+= 8
    }
    while end < text.count, 0x20..<0x7F ~= text[end], text[end] != UInt8(ascii: "\""), text[end] != UInt8(ascii: "\\") { end &+= 1 }
    guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
    defer { index = end &+ 1 }
    return UnsafeRawBufferPointer(rebasing: text[index..<end])
  }

  private mutating func isAccount(_ value: UnsafeRawBufferPointer) -> Bool {
    if let checkedAccount, Self.isSame(checkedAccount, value) { return true }
    guard account.map({ $0.text.utf8.elementsEqual(value) }) ?? AccountID.isOne(value) else { return false }
    checkedAccount = value
    return true
  }

  private mutating func isRegion(_ value: UnsafeRawBufferPointer) -> Bool {
    if let checkedRegion, Self.isSame(checkedRegion, value) { return true }
    guard region.name.utf8.elementsEqual(value) else { return false }
    checkedRegion = value
    return true
  }

  /// Eight bytes at a time, the last of them once more with some before them.
  private static func isSame(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Bool {
    let count = one.count
    guard count == other.count else { return false }
    guard count >= 8 else { return one.elementsEqual(other) }
    func differs(at offset: Int) -> Bool {
      one.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }
    for offset in stride(from: 0, to: count - 8, by: 8) where differs(at: offset) { return false }
    return !differs(at: count - 8)
  }

  /// What is passed on of a row: all of it, in which the place of `credentials` is the last.
  private static func row(_ text: UnsafeRawBufferPointer, _ range: Range<Int>, without secret: Range<Int>?) -> [UInt8] {
    func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: text[range]) }
    if let secret, secret.upperBound == range.upperBound - 1 { return Array(part(range)) }
    let end = UnsafeRawBufferPointer(start: Credential.end.utf8Start, count: Credential.end.utf8CodeUnitCount)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(range.count + end.count)
    bytes.append(contentsOf: part(range.lowerBound..<(secret?.lowerBound ?? range.upperBound - 1)))
    // With the comma behind it: another member follows.
    if let secret { bytes.append(contentsOf: part(secret.upperBound + 1..<range.upperBound - 1)) }
    bytes.append(contentsOf: end)
    return bytes
  }
}
