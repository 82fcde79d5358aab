import Credentials
import HTTP
import Testing

@testable import ScalewayBackend

/// What is asked again, and after how long.
@Suite struct RetryPolicyTests {
  private func problem(_ cause: ServiceProblem.Cause, mayHaveActed: Bool = false) -> ServiceProblem {
    ServiceProblem(cause, mayHaveActed: mayHaveActed, CredentialsError(.network, "x"))
  }

  private func pause(
    _ problem: ServiceProblem, _ method: HTTPRequest.Method = .get, attempt: Int = 1, sinceWrite: Int? = nil, chance: Double = 1
  ) -> Int? {
    RetryPolicy.pause(after: problem, of: method, attempt: attempt, sinceWrite: sinceWrite, chance: chance)
  }

  @Test(arguments: [HTTPRequest.Method.get, .delete, .patch, .post]) func whatMayPassIsTriedFourTimes(method: HTTPRequest.Method) {
    let passing = problem(.passing(retryAfterMilliseconds: nil))
    #expect((1...4).map { pause(passing, method, attempt: $0) } == [250, 500, 1_000, nil])
  }

  @Test func halfOfAPauseIsChance() {
    let passing = problem(.passing(retryAfterMilliseconds: nil))
    #expect(pause(passing, chance: 0) == 125)
    #expect(pause(passing, attempt: 3, chance: 0.5) == 750)
  }

  @Test func aCreationThatMayHaveHappenedIsNeverRepeated() {
    for cause in [ServiceProblem.Cause.passing(retryAfterMilliseconds: 1), .unknownAccount, .notPermitted] {
      #expect(pause(problem(cause, mayHaveActed: true), .post, sinceWrite: 0) == nil)
    }
    #expect(pause(problem(.passing(retryAfterMilliseconds: nil), mayHaveActed: true), .delete) != nil)
  }

  @Test(arguments: [(1_000, 1_000), (0, 250), (60_000, 60_000), (1_000_000_000, 60_000)])
  func whatTheServiceNamesIsWaitedUpToAMinute(named: Int, waited: Int) {
    #expect(pause(problem(.passing(retryAfterMilliseconds: named))) == waited)
  }

  @Test(arguments: [ServiceProblem.Cause.unknownAccount, .notPermitted]) func whatFlapsIsWaitedOutAfterAWriteOnly(
    cause: ServiceProblem.Cause
  ) {
    #expect(pause(problem(cause)) == nil)
    #expect(pause(problem(cause), sinceWrite: 15_000) == nil)
    #expect(pause(problem(cause), sinceWrite: 14_999) == 200)
    #expect(pause(problem(cause), attempt: 50, sinceWrite: 0) == 2_000)
  }

  @Test func whatIsFinalIsFinal() {
    for cause in [ServiceProblem.Cause.final, .notFound, .cancelled] { #expect(pause(problem(cause), sinceWrite: 0) == nil) }
  }
}
