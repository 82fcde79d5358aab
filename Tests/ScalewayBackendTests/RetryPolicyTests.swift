import Credentials
import HTTP
import Testing

@testable import ScalewayBackend

/// What is asked again, and after how long.
@Suite struct RetryPolicyTests {
  private func failure(_ cause: Failure.Cause, mayHaveActed: Bool = false) -> Failure {
    Failure(cause, mayHaveActed: mayHaveActed, CredentialsError(.network, "x"))
  }

  private func pause(
    _ failure: Failure, _ method: HTTPRequest.Method = .get, attempt: Int = 1, sinceWrite: Int? = nil, chance: Double = 1
  ) -> Int? {
    RetryPolicy.pause(after: failure, of: method, attempt: attempt, sinceWrite: sinceWrite, chance: chance)
  }

  @Test(arguments: [HTTPRequest.Method.get, .delete, .patch, .post]) func whatMayPassIsTriedFourTimes(method: HTTPRequest.Method) {
    let passing = failure(.passing(retryAfterMilliseconds: nil))
    #expect((1...4).map { pause(passing, method, attempt: $0) } == [250, 500, 1_000, nil])
  }

  @Test func halfOfAPauseIsChance() {
    let passing = failure(.passing(retryAfterMilliseconds: nil))
    #expect(pause(passing, chance: 0) == 125)
    #expect(pause(passing, attempt: 3, chance: 0.5) == 750)
  }

  @Test func aCreationThatMayHaveHappenedIsNeverRepeated() {
    for cause in [Failure.Cause.passing(retryAfterMilliseconds: 1), .unknownAccount, .notPermitted] {
      #expect(pause(failure(cause, mayHaveActed: true), .post, sinceWrite: 0) == nil)
    }
    #expect(pause(failure(.passing(retryAfterMilliseconds: nil), mayHaveActed: true), .delete) != nil)
  }

  @Test(arguments: [(1_000, 1_000), (0, 250), (60_000, 60_000), (1_000_000_000, 60_000)])
  func whatTheServiceNamesIsWaitedUpToAMinute(named: Int, waited: Int) {
    #expect(pause(failure(.passing(retryAfterMilliseconds: named))) == waited)
  }

  @Test(arguments: [Failure.Cause.unknownAccount, .notPermitted]) func whatFlapsIsWaitedOutAfterAWriteOnly(cause: Failure.Cause) {
    #expect(pause(failure(cause)) == nil)
    #expect(pause(failure(cause), sinceWrite: 15_000) == nil)
    #expect(pause(failure(cause), sinceWrite: 14_999) == 200)
    #expect(pause(failure(cause), attempt: 50, sinceWrite: 0) == 2_000)
  }

  @Test func whatIsFinalIsFinal() {
    for cause in [Failure.Cause.final, .notFound, .cancelled] { #expect(pause(failure(cause), sinceWrite: 0) == nil) }
  }
}
