/// A moment on the service's clock.
struct ServiceDate {
  /// Since 1970, UTC.
  let seconds: Int

  /// The one form of a Date header that servers still send, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110). Nil for others.
  init?(http text: String) {
    let words = text.split(separator: " ")
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    guard words.count == 6, words[5] == "GMT", let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
      let year = Int(words[3])
    else { return nil }
    self.init(year, month + 1, day, String(words[4]))
  }

  /// A time of the API, `2026-08-01T10:00:00.123456789Z`, with any number of digits below the second, which are left out, or none. Nil for
  /// whatever is written otherwise: what is taken here also sorts as a text.
  init?(api text: String) {
    let form = Array("0000-00-00T00:00:00".utf8)
    let bytes = Array(text.utf8)
    let isDigit = { (byte: UInt8) in UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }
    guard bytes.count > form.count, bytes.last == UInt8(ascii: "Z"),
      zip(bytes, form).allSatisfy({ $1 == UInt8(ascii: "0") ? isDigit($0) : $0 == $1 })
    else { return nil }
    let fraction = bytes[form.count..<bytes.count - 1]
    guard fraction.isEmpty || fraction.first == UInt8(ascii: ".") && fraction.count > 1 && fraction.dropFirst().allSatisfy(isDigit) else {
      return nil
    }
    func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } }
    self.init(number(0..<4), number(5..<7), number(8..<10), String(decoding: bytes[11..<19], as: UTF8.self))
  }

  private init?(_ year: Int, _ month: Int, _ day: Int, _ clock: String) {
    let parts = clock.split(separator: ":").map { Int($0) }
    guard parts.count == 3, let hour = parts[0], let minute = parts[1], let second = parts[2], (1970...9999).contains(year),
      (1...12).contains(month), (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
    else { return nil }
    // Years that begin in March, so that the leap day is the last of its year.
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
  }
}
