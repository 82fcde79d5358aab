/// Microseconds since 1970 as RFC 3339 in UTC, such as `2026-11-24T16:00:00.123456Z`.
func timestamp(_ microseconds: Int64) -> String {
  let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
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
  func digits(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
  }
  return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))T"
    + "\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2)).\(digits(fraction, 6))Z"
}
