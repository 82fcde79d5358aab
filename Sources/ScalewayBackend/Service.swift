import Credentials
import HTTP
import JSON

/// The API of one region: sends calls, retries what may be retried, and judges the responses' outside. What stands in them is others' work.
struct Service {
  let region: Region
  let clock: RetryClock
  let executor: ResponseExecutor
  let recent = RecentWrites()
  /// What the address of every call begins with.
  private let root: String
  private let headers: [HTTPHeader]
  private let key: Secret
  private let keySource: String
  private let transport: any HTTPTransport

  init(
    _ region: Region, _ key: ScalewaySettings.Setting<Secret>, origin: String, userAgent: String, _ transport: any HTTPTransport,
    _ clock: RetryClock, _ executor: ResponseExecutor
  ) {
    self.region = region
    self.clock = clock
    self.executor = executor
    root = origin + Endpoint.root(of: region)
    self.key = key.value
    keySource = key.source
    headers = [
      HTTPHeader("X-Auth-Token", key.value.revealed), HTTPHeader("Accept", "application/json"), HTTPHeader("User-Agent", userAgent),
    ]
    self.transport = transport
  }

  /// Sends a call until it succeeds, or fails in a way that another attempt would not fix.
  func send(_ call: Call) async throws(ServiceProblem) -> APIResponse {
    let began = clock.now()
    var earlierMayHaveActed = false
    var attempt = 0
    // What flaps is waited out beside the attempts.
    var flaps = 0
    while true {
      attempt += 1
      var problem: ServiceProblem
      do throws(ServiceProblem) {
        var answer = try await once(call)
        answer.made(attempts: attempt, milliseconds: clock.now() - began)
        if attempt > 1 { await CallContext.current?.attemptFailed([]) }
        return answer
      } catch {
        problem = error
      }
      problem.earlierMayHaveActed = earlierMayHaveActed
      if problem.flaps { flaps += 1 }
      let pause = RetryPolicy.pause(
        after: problem, of: call.method, attempt: problem.flaps ? flaps : attempt - flaps, sinceWrite: sinceWrite(problem),
        chance: clock.chance())
      guard let pause, !Task.isCancelled, !isTooLate(problem) else { throw described(problem, attempt, began) }
      await CallContext.current?.attemptFailed(problem.attemptDetails + [JSONMember("attempts", .int(attempt))])
      await clock.sleep(pause)
      if Task.isCancelled {
        var cancelled = ServiceProblem(
          .cancelled, mayHaveActed: problem.mayHaveActed, CredentialsError(.cancelled, "the request was cancelled"))
        cancelled.earlierMayHaveActed = earlierMayHaveActed
        throw described(cancelled, attempt, began)
      }
      earlierMayHaveActed = earlierMayHaveActed || problem.mayHaveActed
    }
  }

  /// The service wants to be left alone until nobody waits for its response any more.
  private func isTooLate(_ problem: ServiceProblem) -> Bool {
    guard case .passing(let named?) = problem.cause, let endsAt = CallContext.current?.endsAt else { return false }
    return clock.now() + named >= endsAt
  }

  private func described(_ problem: ServiceProblem, _ attempts: Int, _ began: Int) -> ServiceProblem {
    var problem = problem
    problem.error.details += [JSONMember("attempts", .int(attempts)), JSONMember("elapsed_ms", .int(clock.now() - began))]
    return problem
  }

  private func sinceWrite(_ problem: ServiceProblem) -> Int? {
    let written: Int?
    switch problem.cause {
    case .unknownAccount:
      let id = problem.error.details.first { $0.name == "resource_id" }?.value.string
      written = id.flatMap { AccountID($0) }.flatMap { recent.last(of: $0) }
    case .notPermitted: written = recent.last
    default: written = nil
    }
    return written.map { clock.now() - $0 }
  }

  private func once(_ call: Call) async throws(ServiceProblem) -> APIResponse {
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try await transport.send(call.request(to: root, headers: headers))
    } catch {
      throw ServiceProblem(error)
    }
    // A success is read by whoever wants it.
    let byteCount = response.status == call.success ? 0 : response.body.count
    let result = await executor.run(byteCount: byteCount) { [key, keySource] () -> Result<APIResponse, ServiceProblem> in
      do throws(ServiceProblem) {
        return .success(try ResponseReader(response, key: key, keySource: keySource).judge(call))
      } catch { return .failure(error) }
    }
    do throws(ServiceProblem) { return try result.get() } catch {
      // Of another region than those that are known, nobody knows how the service says that it does not.
      throw error.isPerhapsOfRegion ? error.adding(region.doubt) : error
    }
  }
}
