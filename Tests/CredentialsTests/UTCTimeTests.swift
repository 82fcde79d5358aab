import Credentials
import Testing

@Suite struct UTCTimeTests {
  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200), ("Wed, 25 Nov 2026 22:00:00 GMT", 1_795_644_000),
  ]) func headersOfHTTP(text: String, seconds: Int64) {
    #expect(UTCTime(http: text)?.seconds == seconds)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59.123456789Z", 1_709_251_199), ("2026-11-25T22:00:00.000001Z", 1_795_644_000),
  ]) func timesOfTheAPI(text: String, seconds: Int64) {
    #expect(UTCTime(sortable: text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 99999 08:49:37 GMT",
    "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "2026-11-25T22:00:00Z",
    "Wed, 30 Feb 2028 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Wed, 06 Nov 1968 08:49:37 GMT",
  ]) func othersAreNone(text: String) {
    #expect(UTCTime(http: text) == nil)
  }

  @Test(arguments: [
    "", "2026-11-25", "2026-11-25T22:00:00", "2026-11-25 22:00:00Z", "2026-13-25T22:00:00Z", "aaaa-bb-ccTdd:ee:ffZ", "🙂🙂🙂🙂🙂🙂Z",
    "2026-+1-25T22:00:00Z", "2026/11/25T22:00:00Z", "2026-11-25T22:00:00.Z", "2026-11-25T22:00:00,5Z", "2026-11-25T22:00:00.5e\u{301}Z",
    "2026-11-25T22:00:00.-5Z", "2026-11-25T22:00:00+02:00Z", "2026-11-25T22.00.00Z", "１９７０-01-01T00:00:00Z", "2026-11-25T22:00:00.5ZZ",
    "2026-11-25t22:00:00Z", "2026-11-25T22:00:00z", "2026-11-25T22:00:00+00:00", "2026-02-29T22:00:00Z",
  ])
  func othersAreNoTimesOfTheAPI(text: String) {
    #expect(UTCTime(sortable: text) == nil)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-24T16:00:00.123456789Z", 1_795_536_000_123_456),
    ("2026-11-24t16:00:00.1z", 1_795_536_000_100_000),
    ("2026-11-24 17:30:00+01:30", 1_795_536_000_000_000), ("2026-11-24T15:59:00-00:01", 1_795_536_000_000_000),
    ("2000-02-29T00:00:00Z", 951_782_400_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
  ]) func momentsOfRFC3339(text: String, microseconds: Int64) {
    #expect(UTCTime(text)?.microseconds == microseconds)
  }

  @Test(arguments: [
    "", "2026-11-24", "2026-11-24T16:00:00", "2026-11-24_16:00:00Z", "2026-02-29T16:00:00Z", "2100-02-29T16:00:00Z", "2026-04-31T16:00:00Z",
    "2026-00-24T16:00:00Z", "2026-11-00T16:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T16:60:00Z", "2026-11-24T16:00:61Z",
    "1969-12-31T23:59:59Z", "2026-11-24T16:00:00.Z", "2026-11-24T16:00:00+24:00", "2026-11-24T16:00:00+01:60", "2026-11-24T16:00:00+0100",
    "2026-11-24T16:00:00Z ", "26-11-24T16:00:00Z", "2026-11-24T16:00:00.12a",
  ]) func othersAreNoMoments(text: String) {
    #expect(UTCTime(text) == nil)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000Z"), (1_795_536_000_123_456, "2026-11-24T16:00:00.123456Z"), (1, "1970-01-01T00:00:00.000001Z"),
    (951_868_799_000_000, "2000-02-29T23:59:59.000000Z"), (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
    (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"), (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    (253_402_300_800_000_000, "9999-12-31T23:59:59.999999Z"), (Int64.max, "9999-12-31T23:59:59.999999Z"),
    (-1, "1970-01-01T00:00:00.000000Z"), (Int64.min, "1970-01-01T00:00:00.000000Z"),
  ]) func asText(microseconds: Int64, text: String) {
    #expect(UTCTime(microseconds: microseconds).text == text)
  }

  /// Nine days and a bit at a time, through more than a cycle of leap years.
  @Test func whatIsWrittenIsRead() {
    for microseconds in stride(from: Int64(0), to: 14_000_000_000_000_000, by: 777_600_061_007) {
      let time = UTCTime(microseconds: microseconds)
      #expect(UTCTime(time.text) == time && UTCTime(sortable: time.text) == time)
    }
  }
}
