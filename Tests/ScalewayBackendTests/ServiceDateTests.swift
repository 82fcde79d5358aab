import Testing

@testable import ScalewayBackend

@Suite struct ServiceDateTests {
  @Test(arguments: [
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
    ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200), ("Wed, 25 Nov 2026 22:00:00 GMT", 1_795_644_000),
  ]) func headersOfHTTP(text: String, seconds: Int) {
    #expect(ServiceDate(http: text)?.seconds == seconds)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59.123456789Z", 1_709_251_199), ("2026-11-25T22:00:00.000001Z", 1_795_644_000),
  ]) func timesOfTheAPI(text: String, seconds: Int) {
    #expect(ServiceDate(api: text)?.seconds == seconds)
  }

  @Test(arguments: [
    "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 99999 08:49:37 GMT",
    "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "2026-11-25T22:00:00Z",
  ]) func othersAreNone(text: String) {
    #expect(ServiceDate(http: text) == nil)
  }

  @Test(arguments: [
    "", "2026-11-25", "2026-11-25T22:00:00", "2026-11-25 22:00:00Z", "2026-13-25T22:00:00Z", "aaaa-bb-ccTdd:ee:ffZ", "🙂🙂🙂🙂🙂🙂Z",
    "2026-+1-25T22:00:00Z", "2026/11/25T22:00:00Z", "2026-11-25T22:00:00.Z", "2026-11-25T22:00:00,5Z", "2026-11-25T22:00:00.5e\u{301}Z",
    "2026-11-25T22:00:00.-5Z", "2026-11-25T22:00:00+02:00Z", "2026-11-25T22.00.00Z", "１９７０-01-01T00:00:00Z", "2026-11-25T22:00:00.5ZZ",
  ])
  func othersAreNoTimesOfTheAPI(text: String) {
    #expect(ServiceDate(api: text) == nil)
  }
}
