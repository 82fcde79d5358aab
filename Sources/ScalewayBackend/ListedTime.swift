/// When a row of a list was created, as it sorts: the one key of the API that never changes.
struct ListedTime: Comparable, Sendable {
  /// The 14 digits from the year to the second as one number: no calendar is needed to compare them, and a leap second stays what it is.
  private let second: UInt64
  private let nanoseconds: UInt32

  /// Nil for what is no time of the API, which are those of `UTCTime(sortable:)`; of more than nine digits below the second the rest is left out.
  init?(utf8 text: UnsafeRawBufferPointer) {
    guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"), text[10] == UInt8(ascii: "T"),
      text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"), text[text.count - 1] == UInt8(ascii: "Z"),
      let century = Self.twoDigits(text, 0), let yearOfCentury = Self.twoDigits(text, 2), let month = Self.twoDigits(text, 5),
      let day = Self.twoDigits(text, 8), let hour = Self.twoDigits(text, 11), let minute = Self.twoDigits(text, 14),
      let second = Self.twoDigits(text, 17)
    else { return nil }
    let year = century &* 100 &+ yearOfCentury
    guard year >= 1970, 1...12 ~= month, 1...Self.days(of: month, in: year) ~= day, hour < 24, minute < 60, second <= 60,
      let nanoseconds = Self.nanoseconds(text)
    else { return nil }
    let date = (year &* 100 &+ month) &* 100 &+ day
    let time = (hour &* 100 &+ minute) &* 100 &+ second
    self.second = UInt64(date) &* 1_000_000 &+ UInt64(time)
    self.nanoseconds = nanoseconds
  }

  init?(_ text: String) {
    var text = text
    guard let time = text.withUTF8({ ListedTime(utf8: UnsafeRawBufferPointer($0)) }) else { return nil }
    self = time
  }

  static func < (one: ListedTime, other: ListedTime) -> Bool {
    one.second != other.second ? one.second < other.second : one.nanoseconds < other.nanoseconds
  }

  /// 29 characters, such as `2026-08-01T10:00:00.123456000`.
  var text: String {
    let digits = String(second)
    let fraction = String(nanoseconds)
    var text = ""
    for (place, digit) in digits.enumerated() {
      switch place {
      case 4, 6: text += "-"
      case 8: text += "T"
      case 10, 12: text += ":"
      default: break
      }
      text.append(digit)
    }
    return text + "." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
  }

  private static func twoDigits(_ text: UnsafeRawBufferPointer, _ place: Int) -> UInt32? {
    let (tens, ones) = (text[place] &- UInt8(ascii: "0"), text[place &+ 1] &- UInt8(ascii: "0"))
    return tens < 10 && ones < 10 ? UInt32(tens) &* 10 &+ UInt32(ones) : nil
  }

  /// Of what stands between the second and the `Z`: nothing, or a point and digits.
  private static func nanoseconds(_ text: UnsafeRawBufferPointer) -> UInt32? {
    if text.count == 20 { return 0 }
    guard text[19] == UInt8(ascii: "."), text.count > 21 else { return nil }
    var nanoseconds: UInt32 = 0
    for place in 20..<max(29, text.count &- 1) {
      let digit = place < text.count &- 1 ? text[place] &- UInt8(ascii: "0") : 0
      guard digit < 10 else { return nil }
      if place < 29 { nanoseconds = nanoseconds &* 10 &+ UInt32(digit) }
    }
    return nanoseconds
  }

  private static func days(of month: UInt32, in year: UInt32) -> UInt32 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
