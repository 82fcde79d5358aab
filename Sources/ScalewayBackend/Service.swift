import Credentials
import HTTP
import JSON

/// The API of one region: sends calls, repeats what may be repeated, and judges the answers' outside. What stands in them is others' work.
struct Service {
  let region: Region
  let clock: RetryClock
  let reading: AnswerReading
  let recent = RecentWrites()
  private let origin: String
  private let headers: [HTTPHeader]
  private let key: Secret
  private let keySource: String
  private let transport: any HTTPTransport

  init(
    _ region: Region, _ key: ScalewaySettings.Setting<Secret>, origin: String, userAgent: String, _ transport: any HTTPTransport,
    _ clock: RetryClock, _ reading: AnswerReading
  ) {
    self.region = region
    self.clock = clock
    self.reading = reading
    self.origin = origin
    self.key = key.value
    keySource = key.source
    headers = [
      HTTPHeader("X-Auth-Token", key.value.revealed), HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", userAgent),
    ]
    self.transport = transport
  }

  /// Sends a call until it succeeds, or fails in a way that another attempt would not mend.
  func send(_ call: Call) async throws(Failure) -> Answer {
    let began = clock.now()
    var earlierMayHaveActed = false
    var attempt = 0
    // What flaps is waited out beside the attempts.
    var flaps = 0
    while true {
      attempt += 1
      var failure: Failure
      do throws(Failure) {
        var answer = try await once(call)
        answer.made(attempts: attempt, milliseconds: clock.now() - began)
        if attempt > 1 { await CallContext.current?.attemptFailed([]) }
        return answer
      } catch {
        failure = error
      }
      failure.earlierMayHaveActed = earlierMayHaveActed
      if failure.flaps { flaps += 1 }
      let pause = RetryPolicy.pause(
        after: failure, of: call.method, attempt: failure.flaps ? flaps : attempt - flaps, sinceWrite: sinceWrite(failure),
        chance: clock.chance())
      guard let pause, !Task.isCancelled, !isTooLate(failure) else { throw described(failure, attempt, began) }
      await CallContext.current?.attemptFailed(failure.ofAttempt + [JSONMember("attempts", .int(attempt))])
      await clock.sleep(pause)
      if Task.isCancelled {
        var cancelled = Failure(.cancelled, mayHaveActed: failure.mayHaveActed, CredentialsError(.cancelled, "the request was cancelled"))
        cancelled.earlierMayHaveActed = earlierMayHaveActed
        throw described(cancelled, attempt, began)
      }
      earlierMayHaveActed = earlierMayHaveActed || failure.mayHaveActed
    }
  }

  /// The service wants to be left alone until nobody waits for its answer any more.
  private func isTooLate(_ failure: Failure) -> Bool {
    guard case .passing(let named?) = failure.cause, let endsAt = CallContext.current?.endsAt else { return false }
    return clock.now() + named >= endsAt
  }

  private func described(_ failure: Failure, _ attempts: Int, _ began: Int) -> Failure {
    var failure = failure
    failure.error.details += [JSONMember("attempts", .int(attempts)), JSONMember("elapsed_ms", .int(clock.now() - began))]
    return failure
  }

  private func sinceWrite(_ failure: Failure) -> Int? {
    let written: Int?
    switch failure.cause {
    case .unknownAccount:
      let id = failure.error.details.first { $0.name == "resource_id" }?.value.string
      written = id.flatMap { AccountID($0) }.flatMap { recent.last(of: $0) }
    case .notPermitted: written = recent.last
    default: written = nil
    }
    return written.map { clock.now() - $0 }
  }

  private func once(_ call: Call) async throws(Failure) -> Answer {
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try await transport.send(call.request(to: origin, path: call.endpoint.path(in: region), headers: headers))
    } catch {
      throw Failure(error)
    }
    let result = await reading.of(response.body.count) { [key, keySource] () -> Result<Answer, Failure> in
      do throws(Failure) {
        return .success(try ResponseReader(response, key: key, keySource: keySource).judge(call))
      } catch { return .failure(error) }
    }
    do throws(Failure) { return try result.get() } catch {
      // Of another region than those that are known, nobody knows how the service says that it does not.
      throw error.isPerhapsOfRegion ? error.adding(region.doubt) : error
    }
  }
}
