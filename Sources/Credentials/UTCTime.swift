/// A moment as RFC 3339 tells it.
package struct UTCTime: Sendable, Hashable {
  /// Since 1970, UTC.
  package let microseconds: Int64

  /// `2026-11-24T16:00:00.123456789Z`, or with an offset such as `+01:00`; what is below a microsecond is left out. Nil for anything else,
  /// and for days that no calendar has.
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
      skip(":"), let minute = number(2), skip(":"), let second = number(2), (1970...9999).contains(year), (1...12).contains(month),
      (1...Self.days(of: month, in: year)).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    var fraction: Int64 = 0
    if skip(".") {
      let digits = rest.prefix { 0x30...0x39 ~= $0 }
      guard !digits.isEmpty else { return nil }
      fraction = (0..<6).reduce(0) { sum, place in sum * 10 + Int64(digits.dropFirst(place).first ?? 0x30) - 0x30 }
      rest = rest.dropFirst(digits.count)
    }
    var offset: Int64 = 0
    if !skip("Zz") {
      let isBehind = rest.first == UInt8(ascii: "-")
      guard skip("+-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
      offset = (isBehind ? -1 : 1) * (hours * 60 + minutes) * 60
    }
    guard rest.isEmpty else { return nil }
    // Years that begin in March, so that the leap day is the last of its year.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    microseconds = (((days * 24 + hour) * 60 + minute) * 60 + second - offset) * 1_000_000 + fraction
  }

  private static func days(of month: Int64, in year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
