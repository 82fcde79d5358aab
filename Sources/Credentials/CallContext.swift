package import JSON

/// What a backend's call may know of the request it is made for, and what it tells about itself meanwhile. Task-local, so that no call has to
/// hand it on.
package struct CallContext: Sendable {
  /// When nobody waits for the call any more, on the clock of `MonotonicClock`; nil: there is no limit.
  package let endsAt: Int?
  /// To be told what is known of an attempt that failed and is made again, as members of an error's `data`; nothing, once one succeeded.
  package let attemptFailed: @Sendable ([JSONMember]) async -> Void

  @TaskLocal package static var current: CallContext?

  package init(endsAt: Int?, attemptFailed: @escaping @Sendable ([JSONMember]) async -> Void = { _ in }) {
    self.endsAt = endsAt
    self.attemptFailed = attemptFailed
  }

  /// Runs `body`, and every call in it, with this as the current one.
  package func run<Value, Failure: Error>(_ body: () async throws(Failure) -> Value) async throws(Failure) -> Value {
    // `withValue` only knows errors of any type.
    let result: Result<Value, Failure> = await Self.$current.withValue(self) {
      do throws(Failure) { return .success(try await body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
