import Credentials

/// Deletes one thing. It is done when the service says so, or when a retry, or a look after a lost response, finds nothing any more.
struct Deletion {
  let service: Service
  let endpoint: Endpoint
  /// `credentials` or `account`.
  let resource: String
  let id: String

  func run() async throws(CredentialsError) {
    do throws(ServiceProblem) {
      _ = try await service.send(.delete(endpoint))
    } catch {
      if error.proves(goneOf: endpoint), error.earlierMayHaveActed { return }
      guard error.mayHaveActed || error.earlierMayHaveActed else { throw error.asChangeError(of: resource, id) }
      let isGone = await looksGone()
      if case .cancelled = error.cause { throw error.withOutcome(isGone ? .done : .unknown) }
      if isGone { return }
      throw error.asChangeError
    }
  }

  /// Only a response that says so; a look that fails proves nothing, and what is still there may be on its way out.
  private func looksGone() async -> Bool {
    await service.clock.uncancelled(atMost: LostAnswer.lookMilliseconds) { [self] in
      do throws(ServiceProblem) {
        let answer = try await service.send(.get(endpoint))
        try await service.read(answer) { _ in }
        return false
      } catch { return error.proves(goneOf: endpoint) }
    }
  }
}
