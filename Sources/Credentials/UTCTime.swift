/// A moment, read from the forms in which times come and written in the one in which they go out.
package struct UTCTime: Sendable, Hashable {
  /// Since 1970, UTC.
  package let microseconds: Int64

  package init(microseconds: Int64) { self.microseconds = microseconds }

  /// Whole seconds since 1970, UTC.
  package var seconds: Int64 { microseconds / 1_000_000 }

  /// RFC 3339: `2026-11-24T16:00:00.123456789Z`, or with an offset such as `+01:00`; what is below a microsecond is left out. Nil for anything
  /// else, and for days that no calendar has.
  package init?(_ text: String) {
    var rest = text.utf8[...]
    func number(_ digits: Int) -> Int64? {
      guard rest.count >= digits, rest.prefix(digits).allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
      defer { rest = rest.dropFirst(digits) }
      return rest.prefix(digits).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    func skip(_ characters: String) -> Bool {
      guard let next = rest.first, characters.utf8.contains(next) else { return false }
      rest = rest.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2), skip("Tt "), let hour = number(2),
      skip(":"), let minute = number(2), skip(":"), let second = number(2)
    else { return nil }
    var fraction: Int64 = 0
    if skip(".") {
      let digits = rest.prefix { 0x30...0x39 ~= $0 }
      guard !digits.isEmpty else { return nil }
      fraction = (0..<6).reduce(0) { sum, index in sum * 10 + Int64(digits.dropFirst(index).first ?? 0x30) - 0x30 }
      rest = rest.dropFirst(digits.count)
    }
    var offset: Int64 = 0
    if !skip("Zz") {
      let isBehind = rest.first == UInt8(ascii: "-")
      guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
      offset = (isBehind ? -1 : 1) * (hours * 60 + minutes) * 60
    }
    guard rest.isEmpty, let seconds = Self.seconds(year, month, day, hour, minute, second) else { return nil }
    microseconds = (seconds - offset) * 1_000_000 + fraction
  }

  /// Of RFC 3339 the one form whose texts sort like the times, as far as they have as many digits below the second:
  /// `2026-08-01T10:00:00.123456789Z`, with any number of these, or none. Nil for whatever is written otherwise.
  package init?(sortable text: String) {
    guard text.utf8.dropFirst(10).first == UInt8(ascii: "T"), text.utf8.last == UInt8(ascii: "Z") else { return nil }
    self.init(text)
  }

  /// The one form of a Date header that servers still send, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110). Nil for others.
  package init?(http text: String) {
    let words = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), let month = months.firstIndex(of: String(words[2])),
      let year = Int64(words[3])
    else { return nil }
    let clock = words[4].split(separator: ":").map { Int64($0) }
    guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
      let seconds = Self.seconds(year, Int64(month) + 1, day, hour, minute, second)
    else { return nil }
    microseconds = seconds * 1_000_000
  }

  /// Since 1970; nil for what no calendar and no clock shows.
  private static func seconds(_ year: Int64, _ month: Int64, _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64) -> Int64? {
    guard (1970...9999).contains(year), (1...12).contains(month), (1...days(of: month, in: year)).contains(day), (0..<24).contains(hour),
      (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    // Years that begin in March, so that the leap day is the last of its year.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    return ((days * 24 + hour) * 60 + minute) * 60 + second
  }

  private static func days(of month: Int64, in year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// RFC 3339 in UTC with microseconds, such as `2026-11-24T16:00:00.123456Z`. Before 1970 and after 9999, which only a damaged store has, the
  /// nearest moment that can be written so.
  package var text: String { withText { String(decoding: $0, as: UTF8.self) } }

  /// How long every such text is.
  package static let textBytes = 27

  /// The same as its bytes, without a text being made of them.
  package func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeTemporaryAllocation(byteCount: Self.textBytes, alignment: 1) { text in
      if let start = text.baseAddress { write(to: start) }
      return body(UnsafeRawBufferPointer(text))
    }
  }

  /// Writes `textBytes` bytes.
  package func write(to text: UnsafeMutableRawPointer) {
    let moment = min(max(microseconds, 0), 253_402_300_799_999_999)
    let (seconds, fraction) = moment.quotientAndRemainder(dividingBy: 1_000_000)
    let (days, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    // Days to a civil date by 400-year eras that begin on 1 March, so that the leap day is the last of its year.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    func put(_ number: Int64, at place: Int, _ after: Unicode.Scalar) {
      text.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 10), toByteOffset: place, as: UInt8.self)
      text.storeBytes(of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10), toByteOffset: place + 1, as: UInt8.self)
      text.storeBytes(of: UInt8(ascii: after), toByteOffset: place + 2, as: UInt8.self)
    }
    put(year / 100, at: 0, "0")
    put(year % 100, at: 2, "-")
    put(month, at: 5, "-")
    put(day, at: 8, "T")
    put(second / 3600, at: 11, ":")
    put(second / 60 % 60, at: 14, ":")
    put(second % 60, at: 17, ".")
    put(fraction / 10_000, at: 20, "0")
    put(fraction / 100 % 100, at: 22, "0")
    put(fraction % 100, at: 24, "Z")
  }
}
